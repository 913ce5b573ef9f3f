{#- Delete the rows of builds that a query does not list. -#}
{% macro keep_builds(relation, column, kept) -%}
    {{ return(adapter.dispatch('keep_builds')(relation, column, kept)) }}
{%- endmacro %}

{% macro default__keep_builds(relation, column, kept) -%}
    delete from {{ relation }} where {{ column }} not in ({{ kept }})
{%- endmacro %}

{#- Parquet has no DELETE: a build is a partition of the table. -#}
{% macro spark__keep_builds(relation, column, kept) -%}
    {%- set replaced -%}
    select distinct {{ column }} from {{ relation }} where {{ column }} not in ({{ kept }})
    {%- endset -%}
    {%- set found = run_query(replaced) if execute -%}
    {%- if found and found.rows -%}
    alter table {{ relation }} drop if exists
    {%- for build in found.columns[0].values() %}
    partition ({{ column }} = '{{ build }}'){{ "," if not loop.last }}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
