{#- A table or view that is made whole, in the place of the one before and in one transaction. dbt-duckdb's
    materializations make it under another name and rename both, for four statements more. -#}
{% macro make_in_place(relation, existing, creation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and existing.type != relation.type -%}
        {%- do drop_relation_if_exists(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        drop {{ relation.type }} if exists {{ relation }};
        {{ creation }}
    {%- endcall -%}

    {{ finish(relation, post_hooks) }}
    {{ return({'relations': [relation]}) }}
{%- endmacro %}

{% materialization table, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set creation = create_table_as(False, relation, sql) -%}
    {{ return(make_in_place(relation, load_cached_relation(this), creation)) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- set creation = create_view_as(relation, sql) -%}
    {{ return(make_in_place(relation, load_cached_relation(this), creation)) }}
{%- endmaterialization %}

{#- Ends the transaction that made a relation, with what records it. -#}
{% macro finish(relation, hooks) -%}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(hooks, inside_transaction=False) }}
{%- endmacro %}
