{#- The bills of int_shown_bills, as the run before left it, whose scope and billing period have
    another version in the lake now. They are there only while everything is made by the rules of
    before: what the lake has no more cannot be made by others. On Spark there are none. -#}
{% macro shown_before() -%}
    {{ return(adapter.dispatch('shown_before')()) }}
{%- endmacro %}

{% macro default__shown_before() -%}
    {{ made_of(this).incorporate(path={'identifier': 'shown_before'}) }}
{%- endmacro %}

{% macro spark__shown_before() -%}
    (select * from {{ ref('int_bills') }} where false)
{%- endmacro %}

{#- Hook before a run: writes them down. -#}
{% macro note_shown() -%}
    {%- if execute -%}
        {%- do adapter.dispatch('note_shown')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro default__note_shown() -%}
    {%- set node, nothing, nodes = graph.nodes['model.cloudbill.int_shown_bills'], [], [] -%}
    {%- for column in node.columns.values() -%}
        {%- do nothing.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    {%- for other in graph.nodes.values() if other.resource_type in ('model', 'seed') -%}
        {%- do nodes.append(other) -%}
    {%- endfor -%}
    {%- set shown = made_of(node).incorporate(path={'identifier': node.name}) -%}
    {%- set lake = source('lake', 'bills') -%}
    {%- set replaced -%}
        select * from {{ shown }}
        where
            unit_id not in (select unit_id from {{ lake }})
            and (scope, billing_period) in (select (scope, billing_period) from {{ lake }})
    {%- endset -%}
    {%- set is_kept = not flags.FULL_REFRESH
        and load_relation(shown) is not none
        and run_query('select count(*) from (' ~ replaced ~ ')').rows[0][0] > 0
        and not outdated(nodes) -%}
    {%- do run_query(
        'create or replace table ' ~ made_of(node).incorporate(path={'identifier': 'shown_before'})
        ~ ' as ' ~ (replaced if is_kept else 'select ' ~ nothing | join(', ') ~ ' limit 0')
    ) -%}
{%- endmacro %}

{% macro spark__note_shown() -%}
{%- endmacro %}
