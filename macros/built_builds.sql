{#- The builds that `charges` holds already, read from the warehouse rather than through ref():
    `bills` decides what is pending before `charges` is built. Empty on a full refresh. -#}
{% macro built_builds() -%}
    {%- set charges = adapter.get_relation(model.database, model.schema, 'charges') if execute -%}
    {%- if charges and not flags.FULL_REFRESH -%}
    select distinct build_id from {{ charges }}
    {%- else -%}
    select cast(null as varchar) as build_id where false
    {%- endif -%}
{%- endmacro %}
