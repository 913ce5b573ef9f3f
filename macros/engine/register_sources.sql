{#- Sources are read from the lake, registered anew when dbt starts: a bill is a file, and a file
    without rows has every known column, so that what no bill delivers is NULL; those that were
    described since it was written are added. Tables of the variable external_tables are there already
    (docs/scale.md). -#}
{% macro register_sources() -%}
    {%- if execute -%}
        {%- set lake = env_var(
            'CLOUDBILL_LAKE', env_var('CLOUDBILL_WORKSPACE', 'workspace') ~ '/lake'
        ) -%}
        {%- do check_lake(lake) -%}
        {%- for table in graph.sources.values() if table.name not in var('external_tables') -%}
            {%- set relation = api.Relation.create(
                database=table.database, schema=table.schema, identifier=table.identifier
            ) -%}
            {%- set path = lake ~ '/' ~ table.name -%}
            {%- if table.source_name == 'lake' -%}
                {%- do register_files(relation, path ~ '.parquet', table) -%}
            {%- else -%}
                {%- do register_files(relation, path, table, partitions='/*/*/bill.parquet') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro register_files(relation, path, table, partitions='') -%}
    {{ return(adapter.dispatch('register_files')(relation, path, table, partitions)) }}
{%- endmacro %}

{% macro default__register_files(relation, path, table, partitions) -%}
    {%- set rows -%}
        from read_parquet(
            '{{ (path ~ partitions) | replace("'", "''") }}',
            union_by_name = true, hive_partitioning = true, hive_types_autocast = false
        )
    {%- endset -%}
    {%- set known = run_query(
        'create schema if not exists ' ~ relation.without_identifier() ~ '; create or replace view '
        ~ relation ~ ' as select * ' ~ rows ~ '; select lower(column_name) from (describe ' ~ relation
        ~ ')'
    ).columns[0].values() -%}
    {%- set absent = [] -%}
    {%- for column in table.columns.values() if column.name | lower not in known -%}
        {%- do absent.append(', cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- if absent and table.source_name == 'lake' -%}
        {%- do exceptions.raise_compiler_error(
            path ~ ' was written by an earlier version: run `cloudbill load`.'
        ) -%}
    {%- elif absent -%}
        {%- do run_query(
            'create or replace view ' ~ relation ~ ' as select *' ~ absent | join ~ ' ' ~ rows
        ) -%}
    {%- endif -%}
{%- endmacro %}

{#- Says what to do where there is nothing to read. -#}
{% macro check_lake(lake) -%}
    {{ return(adapter.dispatch('check_lake')(lake)) }}
{%- endmacro %}

{% macro default__check_lake(lake) -%}
    {%- if modules.re.search('[=*?\\[]', lake) -%}
        {%- do exceptions.raise_compiler_error(
            'The lake ' ~ lake ~ ' has =, *, ? or [ in its path, which DuckDB takes for a column of'
            ~ ' every file, or for a pattern: name another workspace in CLOUDBILL_WORKSPACE.'
        ) -%}
    {%- endif -%}
    {%- set index = (lake ~ '/bills.parquet') | replace("'", "''") -%}
    {%- set found = run_query("select count(*) from glob('" ~ index ~ "')").rows[0][0] -%}
    {%- if not found and 'bills' not in var('external_tables') -%}
        {%- do exceptions.raise_compiler_error(
            'The lake ' ~ lake ~ ' holds no bills: run `cloudbill load`, or name another workspace'
            ~ ' in CLOUDBILL_WORKSPACE.'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__check_lake(lake) -%}
{%- endmacro %}

{#- A table of Spark finds its partitions itself. -#}
{% macro spark__register_files(relation, path, table, partitions) -%}
    {%- do adapter.create_schema(relation) -%}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    {%- do run_query(
        "create table " ~ relation ~ " using parquet options (path '"
        ~ path | replace("'", "''") ~ "', mergeSchema 'true')"
    ) -%}
{%- endmacro %}
