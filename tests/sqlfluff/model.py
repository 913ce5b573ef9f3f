"""The node that dbt renders, for templates that sqlfluff renders."""

resource_type = "model"
