{#- Delete a model's rows of the units (builds, months) that others do not have any more. -#}
{% macro keep_units(column, others, column_of_others=none) -%}
    {%- set kept = 'select ' ~ (column_of_others or column) ~ ' from ' ~ others -%}
    {{ return(adapter.dispatch('keep_units')(column, kept)) }}
{%- endmacro %}

{% macro default__keep_units(column, kept) -%}
    delete from {{ this }} where {{ column }} not in ({{ kept }})
{%- endmacro %}

{#- Parquet has no DELETE: a unit is a partition of the table. -#}
{% macro spark__keep_units(column, kept) -%}
    {%- set replaced -%}
    select distinct {{ column }} from {{ this }} where {{ column }} not in ({{ kept }})
    {%- endset -%}
    {%- set found = run_query(replaced) if execute -%}
    {%- if found and found.rows -%}
    alter table {{ this }} drop if exists
    {%- for unit in found.columns[0].values() %}
    partition ({{ column }} = '{{ unit }}'){{ "," if not loop.last }}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
