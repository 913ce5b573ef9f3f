{#- Types of contracts are written as DuckDB names them; these are Spark's names. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set names = {
        'varchar': 'string',
        'map(varchar, varchar)': 'map<string, string>',
        'timestamptz': 'timestamp_ltz',
    } -%}
    {%- set typed = {} -%}
    {%- for key, column in columns.items() -%}
        {%- set type = names.get(column['data_type'], column['data_type']) -%}
        {%- do typed.update({key: dict(column, data_type=type)}) -%}
    {%- endfor -%}
    {{ default__get_empty_schema_sql(typed) }}
{%- endmacro %}
