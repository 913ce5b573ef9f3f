{#- Rows of new units are inserted straight into the table, batch by batch: that bounds the memory,
    keeps rows of a unit together on disk, and does nothing where nothing is new. All of it is one
    transaction. Units are builds, or what `meta` of a model says. -#}
{% materialization incremental, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set batches = batches_of(sql) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if not is_incremental() -%}
        {%- do drop_relation_if_exists(existing) -%}
        {%- set empty = 'select * from (' ~ sql ~ ') as model limit 0' -%}
        {%- do run_query(create_table_as(False, target_relation, empty)) -%}
    {%- endif -%}
    {%- for batch in batches -%}
        {%- call statement('main') -%}
            insert into {{ target_relation }} by name {{ batch }}
        {%- endcall -%}
    {%- else -%}
        {%- call noop_statement('main', 'nothing new') -%}{%- endcall -%}
    {%- endfor -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- A model's SQL once for each batch of the units that it asks for with is_new_unit; more units than
    SQL can name are one batch. -#}
{% macro batches_of(sql) -%}
    {%- set unit = config.get('meta', {}) -%}
    {%- set units, unit_id = unit.get('units', 'bills'), unit.get('unit_id', 'build_id') -%}
    {%- if 'model.cloudbill.' ~ units not in model.depends_on.nodes -%}
        {{ return([sql]) }}
    {%- endif -%}
    {%- set lookup = new_units(ref(units), unit_id, config.get('partition_by', unit_id)) -%}
    {%- if lookup not in sql -%}
        {{ return([sql]) }}
    {%- endif -%}
    {%- set new_units -%}
        select {{ unit_id }}, sum({{ unit.get('size', 'line_count') }})
        from {{ ref(units) }}
        where {{ unit_id }} in ({{ lookup }})
        group by {{ unit_id }}
        order by {{ unit_id }}
        limit 5000
    {%- endset -%}
    {%- set found = run_query(new_units).rows -%}
    {%- if found | length == 5000 -%}
        {{ return([sql]) }}
    {%- endif -%}
    {%- set limit = env_var('CLOUDBILL_BATCH_LINES', '1000000') | int -%}
    {%- set batches, lines = [], namespace(count=0) -%}
    {%- for id, line_count in found -%}
        {%- set lines.count = lines.count + line_count -%}
        {%- if not batches or lines.count > limit -%}
            {%- do batches.append([]) -%}
            {%- set lines.count = line_count -%}
        {%- endif -%}
        {%- do batches[-1].append("'" ~ id.replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- set statements = [] -%}
    {%- for batch in batches -%}
        {%- do statements.append(sql.replace(lookup, batch | join(', '))) -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}
