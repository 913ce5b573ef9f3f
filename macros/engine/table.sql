{#- A table that is made whole, in the place of the one before and in one transaction. dbt-duckdb's makes it
    under another name and renames both, for four statements more. -#}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and not existing.is_table -%}
        {%- do drop_relation_if_exists(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        drop table if exists {{ target_relation }};
        {{ create_table_as(False, target_relation, sql) }}
    {%- endcall -%}

    {{ finish(target_relation, post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- Ends the transaction that made a relation, with what records it. -#}
{% macro finish(relation, hooks) -%}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(hooks, inside_transaction=False) }}
{%- endmacro %}
