"""What people read in the terminal: reports, status, headlines."""
