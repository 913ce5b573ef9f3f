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

{#- Pre-hook of models that read charges: they append the builds that they lack. -#}
{% macro drop_replaced_builds(column='build_id') -%}
    {%- if is_incremental() -%}
    {{ keep_units(column, ref('bills'), 'build_id') }}
    {%- endif -%}
{%- endmacro %}

{#- Where clause of the same models, and of charges. -#}
{% macro is_new_build(column='build_id') -%}
    {{ is_new_unit('bills', 'build_id', column) }}
{%- endmacro %}

{#- Where clause of models that are built batch by batch: the units of another model that they
    lack, which the materialization replaces by those of a batch. -#}
{% macro is_new_unit(units, unit_id, column=none) -%}
    {%- if model.resource_type == 'unit_test' -%}
    true
    {%- else -%}
    {{ unit_id }} in ({{ new_units(ref(units), unit_id, column or unit_id) }})
    {%- endif -%}
{%- endmacro %}

{% macro new_units(units, unit_id, column) -%}
    select {{ unit_id }} from {{ units }}
    {%- if is_incremental() %} where {{ unit_id }} not in (select distinct {{ column }} from {{ this }})
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

{#- Where clause of data tests whose findings stay the same: rows of a build never change, and what
    `cloudbill build` published was tested. Tests that dbt runs by itself look at every row. -#}
{% macro is_untested(column='build_id') -%}
    {%- set bills = ref('bills') -%}
    {%- if execute and env_var('CLOUDBILL_TESTS', 'all') == 'new' -%}
    {%- set untested = run_query('select build_id from ' ~ bills ~ ' where not is_published') -%}
    {{ column }} in ('{{ untested.columns[0].values() | unique | join("', '") }}')
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
