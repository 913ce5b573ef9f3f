{#- A table of units (macros/units.sql): units that left are removed and new ones added, batch by
    batch, which bounds the memory and keeps rows of a unit together on disk. Where nothing is new,
    nothing happens. All of it is one transaction; where the rules changed (macros/engine/made.sql),
    the table is made anew. -#}
{% materialization units, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set unit = unit_of(sql) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {#- One question for all that decides what happens; it begins the transaction. -#}
    {%- call statement('main', fetch_result=True) -%}
        select 'made by' as fact, relation as name, fingerprint as told
        from ({{ fingerprints_of(with_parents(model)) }})
        union all
        select 'gone', unit_id, null from ({{ gone(unit) }})
        union all
        select 'unmade', unit_id, cast(size as varchar) from ({{ unmade(unit) }})
        order by all
    {%- endcall -%}
    {%- set known, gone_units, lacking = {}, [], [] -%}
    {%- for fact, name, told in load_result('main').data -%}
        {%- if fact == 'made by' -%}
            {%- do known.update({name: told}) -%}
        {%- else -%}
            {%- do (gone_units if fact == 'gone' else lacking).append([name, told]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set fingerprint = fingerprint(model, known) -%}
    {%- set is_new = existing is none or should_full_refresh()
        or known.get(model.name) != fingerprint -%}

    {%- if is_new -%}
        {%- do drop_relation_if_exists(existing) -%}
        {%- set empty = 'select * from (' ~ sql ~ ') as model limit 0' -%}
        {%- do run_query(
            'delete from ' ~ made_of(this) ~ " where relation = '" ~ model.name ~ "'; "
            ~ create_table_as(False, target_relation, empty)
        ) -%}
        {%- set lacking = run_query(unmade(unit)).rows -%}
    {%- elif gone_units -%}
        {%- set is_gone = ' not in (select unit_id from ' ~ unit.units ~ ')' -%}
        {%- do run_query(
            'delete from ' ~ made_of(this) ~ " where relation = '" ~ model.name ~ "' and unit_id != ''"
            ~ ' and unit_id' ~ is_gone
            ~ '; delete from ' ~ target_relation ~ ' where ' ~ model.config.meta.unit_id ~ is_gone
        ) -%}
    {%- endif -%}
    {%- set batches = batches_of(unit, lacking) -%}
    {%- for batch in batches -%}
        {%- call statement('main') -%}
            insert into {{ target_relation }} by name {{ sql.replace(unit.marker, batch) }}
        {%- endcall -%}
    {%- endfor -%}
    {%- set made = "insert into " ~ made_of(this) ~ " select '" ~ model.name ~ "', unit_id, '"
        ~ fingerprint ~ "', '" ~ run_started_at ~ "', '" ~ run_started_at
        ~ "' from (" ~ unmade(unit, limit=none) ~ '); ' -%}
    {%- do run_query(
        (made if batches else '') ~ recording(fingerprint, is_new or gone_units or batches)
    ) -%}

    {{ finish(target_relation, post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- What the macro of_units wrote in a model's SQL. -#}
{% macro unit_of(sql) -%}
    {%- set found = modules.re.search(
        'unit_id is not null /[*] unit of (\\S+) by (\\S+) [*]/', sql
    ) -%}
    {%- if not found -%}
        {%- do exceptions.raise_compiler_error(
            'The model ' ~ model.name ~ ' narrows nothing that it reads to units: see of_units.'
        ) -%}
    {%- endif -%}
    {{ return({'marker': found.group(0), 'units': found.group(1), 'size': found.group(2)}) }}
{%- endmacro %}

{#- The units that a model lacks, in order; more than SQL can name tell so by their number. -#}
{% macro unmade(unit, limit=5000) -%}
    select unit_id, sum({{ unit.size }}) as size
    from {{ unit.units }}
    where unit_id not in (
        select unit_id from {{ made_of(this) }} where relation = '{{ model.name }}'
    )
    group by unit_id
    {%- if limit %}
    order by unit_id
    limit {{ limit }}
    {%- endif %}
{%- endmacro %}

{#- A unit that a model made, and that is no more; nothing where there is none. -#}
{% macro gone(unit) -%}
    select unit_id
    from {{ made_of(this) }}
    where
        relation = '{{ model.name }}'
        and unit_id != ''
        and unit_id not in (select unit_id from {{ unit.units }})
    limit 1
{%- endmacro %}

{#- Conditions that stand in the place of the marker, one for each batch of the units that a model
    lacks, with their sizes; more units than SQL can name are one batch. -#}
{% macro batches_of(unit, lacking) -%}
    {%- if lacking | length == 5000 -%}
        {{ return(['unit_id in (select unit_id from (' ~ unmade(unit, limit=none) ~ '))']) }}
    {%- endif -%}
    {%- set limit = env_var('CLOUDBILL_BATCH_LINES', '1000000') | int -%}
    {%- set batches, lines = [], namespace(count=0) -%}
    {%- for id, size in lacking -%}
        {%- set lines.count = lines.count + size | int -%}
        {%- if not batches or lines.count > limit -%}
            {%- do batches.append([]) -%}
            {%- set lines.count = size | int -%}
        {%- endif -%}
        {%- do batches[-1].append("'" ~ id.replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {%- set conditions = [] -%}
    {%- for batch in batches -%}
        {%- do conditions.append('unit_id in (' ~ batch | join(', ') ~ ')') -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}

{#- Parquet has no DELETE: a unit is a partition of the table, and what the table holds is noted before
    a unit goes and after it came. -#}
{% materialization units, adapter='spark' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set unit, column = unit_of(sql), model.config.meta.unit_id -%}
    {%- set fingerprint = fingerprint(model, made_by(with_parents(model))) -%}
    {%- set properties = properties_of(model) if existing and not should_full_refresh() else {} -%}
    {%- set is_new = properties.get('cloudbill.fingerprint') != fingerprint -%}
    {%- set units = run_query(
        'select distinct unit_id from ' ~ unit.units
    ).columns[0].values() | list -%}
    {%- set made = [] if is_new else (properties.get('cloudbill.units') or '').split(',') -%}
    {%- set unmade = units | reject('in', made) | list -%}
    {%- set left = made | reject('in', units) | reject('equalto', '') | list -%}

    {{ run_hooks(pre_hooks) }}

    {%- set batch = "unit_id in ('" ~ unmade | join("', '") ~ "')" if unmade else 'false' -%}
    {%- set new_rows = sql.replace(unit.marker, batch) -%}
    {%- if is_new -%}
        {%- do drop_relation_if_exists(existing) -%}
        {%- call statement('main') -%}
            {{ create_partitioned(target_relation, column, new_rows) }}
        {%- endcall -%}
        {%- do record_made(fingerprint, true) -%}
    {%- else -%}
        {%- call noop_statement('main', 'nothing new') -%}{%- endcall -%}
        {%- if left -%}
            {%- do set_properties({'cloudbill.units': made | select('in', units) | join(',')}) -%}
            {%- for id in left -%}
                {%- do run_query(
                    'alter table ' ~ this ~ ' drop if exists partition (' ~ column ~ " = '" ~ id ~ "')"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if unmade -%}
            {%- set rows = api.Relation.create(identifier=this.identifier ~ '__new') -%}
            {%- do run_query(create_temporary_view(rows, new_rows)) -%}
            {%- call statement('main') -%}
                {{ get_insert_overwrite_sql(rows, target_relation, target_relation) }}
            {%- endcall -%}
        {%- endif -%}
    {%- endif -%}
    {%- if unmade -%}
        {%- do set_properties({'cloudbill.units': units | join(',')}) -%}
    {%- endif -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{#- As dbt creates a table, but that its partitions are the units, which no model has to say. -#}
{% macro create_partitioned(relation, column, query) -%}
    create table {{ relation }}
    {%- if config.get('contract').enforced %}
    {{ get_assert_columns_equivalent(query) }}
    {%- set query = get_select_subquery(query) -%}
    {%- endif %}
    {{ file_format_clause() }} {{ options_clause() }}
    partitioned by ({{ column }})
    {{ location_clause() }} {{ comment_clause() }}
    as {{ query }}
{%- endmacro %}
