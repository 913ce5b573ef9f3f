{#- Sources are read from the lake, registered anew when dbt starts: a bill is a file, and a file
    without rows has every known column, so that what no bill delivers is NULL. Tables of the
    variable external_tables are there already (docs/scale.md). -#}
{% macro register_sources() -%}
    {%- if execute -%}
        {%- set lake = env_var(
            'CLOUDBILL_LAKE', env_var('CLOUDBILL_WORKSPACE', 'workspace') ~ '/lake'
        ) -%}
        {%- for table in graph.sources.values() if table.name not in var('external_tables') -%}
            {%- set relation = api.Relation.create(
                database=table.database, schema=table.schema, identifier=table.identifier
            ) -%}
            {%- do adapter.create_schema(relation) -%}
            {%- set path = lake ~ '/' ~ table.name -%}
            {%- if table.source_name == 'lake' -%}
                {%- do register_files(relation, path ~ '.parquet') -%}
            {%- else -%}
                {%- do register_files(relation, path, partitions='/*/*/bill.parquet') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro register_files(relation, path, partitions='') -%}
    {{ return(adapter.dispatch('register_files')(relation, path, partitions)) }}
{%- endmacro %}

{% macro default__register_files(relation, path, partitions) -%}
    {%- do run_query(
        "create or replace view " ~ relation ~ " as select * from read_parquet('"
        ~ (path ~ partitions) | replace("'", "''")
        ~ "', union_by_name = true, hive_partitioning = true, hive_types_autocast = false)"
    ) -%}
{%- endmacro %}

{#- A table of Spark finds its partitions itself. -#}
{% macro spark__register_files(relation, path, partitions) -%}
    {%- do run_query('drop table if exists ' ~ relation) -%}
    {%- do run_query(
        "create table " ~ relation ~ " using parquet options (path '"
        ~ path | replace("'", "''") ~ "', mergeSchema 'true')"
    ) -%}
{%- endmacro %}
