{#- Incremental by build (scope and billing period; see the model `bills`): rows of other builds go
    first, then the pending builds are appended. Running it again after a failure gives the same. -#}

{#- Which builds `charges` holds already, read from the warehouse rather than through ref(): `bills`
    decides what is pending before `charges` is built. None on a full refresh. -#}
{% macro built_builds() -%}
    {%- set node = graph.nodes['model.cloudbill.charges'] if execute -%}
    {%- set charges = adapter.get_relation(node.database, node.schema, node.name) if execute -%}
    {%- if charges and not flags.FULL_REFRESH -%}
    select distinct build_id from {{ charges }}
    {%- else -%}
    select cast(null as string) as build_id where false
    {%- endif -%}
{%- endmacro %}

{#- Pre-hook of models that read the lake: they append the pending builds. -#}
{% macro drop_pending_builds() -%}
    {%- if is_incremental() -%}
    {{ keep_units('build_id', ref('bills') ~ ' where not is_pending') }}
    {%- endif -%}
{%- endmacro %}

{#- Pre-hook of marts that read charges: they append the builds that they lack. -#}
{% macro drop_replaced_builds(column='build_id') -%}
    {%- if is_incremental() -%}
    {{ keep_units(column, ref('charges'), 'build_id') }}
    {%- endif -%}
{%- endmacro %}

{#- Where clause of the same marts. The new builds are listed, not looked up, so that engines push
    them down through joins and sums, and read only their rows of charges. -#}
{% macro is_new_build(column='build_id') -%}
    {%- if is_incremental() -%}
    {%- set new_builds -%}
    select build_id from {{ ref('charges') }} except select {{ column }} from {{ this }}
    {%- endset -%}
    {%- set found = run_query(new_builds) if execute -%}
    {%- if found -%}
    build_id in ('{{ found.columns[0].values() | join("', '") }}')
    {%- else -%}
    false
    {%- endif -%}
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- Pre-hook of models whose unit several builds may belong to: the unit's id changes with them. -#}
{% macro drop_replaced(unit_id, units) -%}
    {%- if is_incremental() -%}
    {{ keep_units(unit_id, ref(units)) }}
    {%- endif -%}
{%- endmacro %}

{#- Where clause of the same models: the units that they lack. -#}
{% macro is_new(unit_id) -%}
    {%- if is_incremental() -%}
    {{ unit_id }} not in (select {{ unit_id }} from {{ this }})
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
