{#- The rows of a seed as literals: dbt-spark binds parameters in sessions without escaping, and
    empty values as the text None. -#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set sql -%}
        insert into {{ this.render() }}
        select
            {% for column in agate_table.column_names -%}
            cast({{ column }} as {{ types.get(column, 'string') }}) as {{ column }}
            {{- ', ' if not loop.last }}
            {%- endfor %}
        from values
        {% for row in agate_table.rows -%}
        (
            {%- for value in row -%}
            {%- if value is none -%} cast(null as string)
            {%- else -%} '{{ value | string | replace("'", "''") }}'
            {%- endif -%}
            {{- ', ' if not loop.last }}
            {%- endfor -%}
        ) {{- ', ' if not loop.last }}
        {% endfor -%}
        as seed ({{ agate_table.column_names | join(', ') }})
    {%- endset -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{%- endmacro %}
