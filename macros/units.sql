{#- Large models are built by unit: a bill of a scope and period, a month of an account, a machine. A
    unit's id, `unit_id`, changes with anything that its rows are made of. The model narrows what it reads by
    this macro; read by itself, its SQL is of all units. The materialization `units`
    (macros/engine/units.sql) removes those that left and adds those that are new.

    units: the model with a row, or several, for each; size: what measures a unit, for batches;
    column: the model's own name of unit_id. -#}
{% macro of_units(units='int_shown_bills', size='line_count', column='unit_id') -%}
    {%- if model.resource_type == 'unit_test' -%}
    true
    {%- else -%}
    {%- do config(meta={'units': units, 'unit_id': column}) -%}
    unit_id is not null /* unit of {{ ref(units) }} by {{ size }} */
    {%- endif -%}
{%- endmacro %}

{#- Where clause of data tests whose findings stay the same: rows of a unit never change, and what
    `cloudbill build` published was tested. Tests that dbt runs by itself look at every row. -#}
{% macro is_untested(column='unit_id') -%}
    {%- if execute and env_var('CLOUDBILL_TESTS', 'all') == 'new' -%}
    {{ column }} in ('{{ new_units() | join("', '") }}')
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}
