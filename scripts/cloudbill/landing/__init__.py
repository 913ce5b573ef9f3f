"""One bill, whatever its format, as one typed Parquet file."""
