{#- Public models are tables of the database that is published; all else stays in the working one. -#}
{% macro duckdb__generate_database_name(custom_database_name=none, node=none) -%}
    {{ 'cloudbill' if node.access == 'public' else target.database }}
{%- endmacro %}
