{#- Public models are tables of the database that is published, `charges` by the name of the table that
    it is a view of; all else stays in the working one. -#}
{% macro duckdb__generate_database_name(custom_database_name=none, node=none) -%}
    {{ 'cloudbill' if node.access == 'public' or node.name == 'int_charges' else target.database }}
{%- endmacro %}
