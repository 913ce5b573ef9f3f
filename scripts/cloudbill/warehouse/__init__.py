"""What dbt builds from the lake, and its publication."""
