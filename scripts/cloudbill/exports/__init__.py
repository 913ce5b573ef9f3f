"""One module per kind of export: which files there are a bill, and which version counts."""
