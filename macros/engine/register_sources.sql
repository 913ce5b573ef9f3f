{#- Sources are views over the lake, made anew when dbt starts: a bill is a file, and a file without
    rows has every known column, so that what no bill delivers is NULL. -#}
{% macro register_sources() -%}
    {%- if execute -%}
        {%- set lake = env_var('CLOUDBILL_WORKSPACE', 'workspace') ~ '/lake/' -%}
        {%- for table in graph.sources.values() -%}
            {%- set files = table.name ~ '.parquet' if table.source_name == 'lake'
                else table.name ~ '/*/*/bill.parquet' -%}
            {%- set relation = api.Relation.create(
                database=table.database, schema=table.schema, identifier=table.identifier
            ) -%}
            {%- do adapter.create_schema(relation) -%}
            {%- do run_query(lake_view(relation, lake ~ files)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro lake_view(relation, files) -%}
    {{ return(adapter.dispatch('lake_view')(relation, files)) }}
{%- endmacro %}

{% macro default__lake_view(relation, files) -%}
    create or replace view {{ relation }} as
    select *
    from read_parquet(
        '{{ files | replace("'", "''") }}',
        union_by_name = true, hive_partitioning = true, hive_types_autocast = false
    )
{%- endmacro %}
