{#- Hook before a run. Whenever DuckDB writes its file it joins row groups of a table (122,880 rows each)
    that have become small: it writes up to three anew for each bill that came, with all their columns.
    It is told not to, until a table of half a million rows holds more rows that left than rows that are
    there; then this run has it tidy up. -#}
{% macro keep_row_groups() -%}
    {%- if execute and target.type == 'duckdb' -%}
        {%- set held, counts = {}, [] -%}
        {%- for name, rows in run_query(
            "select format('\"{}\".\"{}\".\"{}\"', database_name, schema_name, table_name), estimated_size"
            ~ ' from duckdb_tables() inner join duckdb_databases() using (database_name)'
            ~ " where type = 'duckdb' and not readonly and estimated_size > 500000"
        ).rows -%}
            {%- do held.update({name: rows}) -%}
            {%- do counts.append("select '" ~ name ~ "', count(*) from " ~ name) -%}
        {%- endfor -%}
        {%- set sparse = [] -%}
        {%- for name, rows in (run_query(counts | join(' union all ')).rows if counts else []) -%}
            {%- if held[name] > 2 * rows -%}
                {%- do sparse.append(name) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not sparse -%}
            {%- do run_query('set global max_vacuum_tasks = 0') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
