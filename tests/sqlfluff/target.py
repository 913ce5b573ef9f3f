"""The target of dbt, for templates that sqlfluff renders."""

type = "duckdb"
