"""What was delivered, and which of it counts."""
