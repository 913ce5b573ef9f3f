{#- What each relation was made by: a fingerprint of the text that it is written in and of those that its
    parents have. Whichever command runs, a model built by unit whose fingerprint is another than it
    would be now is made anew; views, seeds and small tables always are.

    On DuckDB it stands in a table `made` beside the relations, written in the transaction that makes
    them, with a row for each unit too: made_at is the run in which rows may have changed last, run_at
    the last run. On Spark it is a property of the relation. -#}

{#- Raised when the same text has to make other rows. -#}
{% macro made_by_version() -%}2{%- endmacro %}

{#- The text: a node's file, the macros of the project that it uses, the variables in either, and the
    columns of its sources. -#}
{% macro source_of(node) -%}
    {%- set texts, macros = [node.raw_code], [] -%}
    {%- do macros.extend(node.depends_on.macros) -%}
    {%- for id in macros if id.startswith('macro.cloudbill.') and id != 'macro.cloudbill.record' -%}
        {%- set found = context['cloudbill'][id.split('.')[-1]].macro -%}
        {%- do texts.append(found.macro_sql) -%}
        {%- for called in found.depends_on.macros if called not in macros -%}
            {%- do macros.append(called) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set parts = [
        made_by_version(), node.checksum.checksum, node.config.materialized,
        node.config.column_types, node.test_metadata,
    ] -%}
    {%- do parts.extend(texts) -%}
    {%- for name in modules.re.findall("var[(]'([a-z_]+)'", texts | join) -%}
        {%- do parts.append(name ~ ' ' ~ var(name)) -%}
    {%- endfor -%}
    {%- for id in node.depends_on.nodes if id in graph.sources -%}
        {%- for column in graph.sources[id].columns.values() -%}
            {%- do parts.append(id ~ ' ' ~ column.name ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- Of a node whose parents have these fingerprints, by name. -#}
{% macro fingerprint(node, fingerprints) -%}
    {%- set parts = [source_of(node)] -%}
    {%- for id in node.depends_on.nodes | sort if id in graph.nodes -%}
        {%- set parent = graph.nodes[id].name -%}
        {%- do parts.append(parent ~ ' ' ~ fingerprints.get(parent)) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- That which a node would have if all were made now; `known` collects those of its parents. -#}
{% macro present_fingerprint(node, known) -%}
    {%- if node.name not in known -%}
        {%- for id in node.depends_on.nodes if id in graph.nodes -%}
            {%- do present_fingerprint(graph.nodes[id], known) -%}
        {%- endfor -%}
        {%- do known.update({node.name: fingerprint(node, known)}) -%}
    {%- endif -%}
    {{ return(known[node.name]) }}
{%- endmacro %}

{#- Names of those that were made, by other rules than they have now. A build that goes on from what
    `cloudbill` published knows that there are none. -#}
{% macro outdated(nodes) -%}
    {%- set known, names = {}, [] -%}
    {%- if nodes and env_var('CLOUDBILL_TESTS', 'all') == 'all' -%}
        {%- set made = made_by(nodes) -%}
        {%- for node in nodes
            if made.get(node.name) not in (none, present_fingerprint(node, known)) -%}
            {%- do names.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}

{#- Hook before a run: says which relations, that the run reads and does not make, are of before. -#}
{% macro tell_outdated() -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set read, nodes = [], [] -%}
        {%- do read.extend(selected_resources) -%}
        {%- for id in read if id in graph.nodes -%}
            {%- if id not in selected_resources and id.split('.')[1] == 'cloudbill' -%}
                {%- do nodes.append(graph.nodes[id]) -%}
            {%- endif -%}
            {%- for parent in graph.nodes[id].depends_on.nodes if parent not in read -%}
                {%- do read.append(parent) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set names = outdated(nodes) -%}
        {%- if names -%}
            {%- do exceptions.warn(
                'What this run reads was made before its rules changed: ' ~ names | sort | join(', ')
                ~ '. Select it too, or run `dbt build`.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Hook after views, seeds and small tables. A view or seed that is made again as it was has the rows
    that were tested. -#}
{% macro record() -%}
    {%- if execute and config.get('materialized') != 'units' -%}
        {%- set known = made_by(with_parents(model)) -%}
        {%- set now = fingerprint(model, known) -%}
        {%- do record_made(
            now, config.get('materialized') == 'table' or known.get(model.name) != now
        ) -%}
    {%- endif -%}
{%- endmacro %}

{#- Hook before a run. -#}
{% macro create_made() -%}
    {%- if execute -%}
        {%- do adapter.dispatch('create_made')() -%}
    {%- endif -%}
{%- endmacro %}

{#- A node, and those of the project that it reads. -#}
{% macro with_parents(node) -%}
    {%- set nodes = [node] -%}
    {%- for id in node.depends_on.nodes if id in graph.nodes -%}
        {%- do nodes.append(graph.nodes[id]) -%}
    {%- endfor -%}
    {{ return(nodes) }}
{%- endmacro %}

{#- The fingerprints of these nodes, by name. -#}
{% macro made_by(nodes) -%}
    {{ return(adapter.dispatch('made_by')(nodes)) }}
{%- endmacro %}

{% macro record_made(fingerprint, is_changed) -%}
    {%- do adapter.dispatch('record_made')(fingerprint, is_changed) -%}
{%- endmacro %}

{#- DuckDB -#}

{% macro made_of(place) -%}
    {{ return(api.Relation.create(
        database=place.database, schema=place.schema, identifier='made'
    )) }}
{%- endmacro %}

{#- Where relations of the project are: one `made` for each database and schema. -#}
{% macro made_tables() -%}
    {%- set tables = {} -%}
    {%- for id, node in graph.nodes.items()
        if id.split('.')[:2] in [['model', 'cloudbill'], ['seed', 'cloudbill']] -%}
        {%- set place = [node.database, node.schema] | join('.') -%}
        {%- if place not in tables -%}
            {%- do tables.update({place: made_of(node)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables.values()) }}
{%- endmacro %}

{#- What was made and left the project since (a model that was renamed) is dropped. -#}
{% macro default__create_made() -%}
    {%- set names = [] -%}
    {%- for id, node in graph.nodes.items() if id.split('.')[1] == 'cloudbill' -%}
        {%- do names.append(node.name) -%}
    {%- endfor -%}
    {%- for made in made_tables() -%}
        {%- set recorded = run_query(
            'create schema if not exists ' ~ made.without_identifier() ~ '; create table if not exists '
            ~ made ~ ' (relation varchar, unit_id varchar, fingerprint varchar, made_at varchar,'
            ~ ' run_at varchar); select relation from ' ~ made ~ " where unit_id = ''"
        ).columns[0].values() -%}
        {%- for name in recorded if name not in names -%}
            {%- do drop_relation_if_exists(
                adapter.get_relation(made.database, made.schema, name)
            ) -%}
            {%- do run_query('delete from ' ~ made ~ " where relation = '" ~ name ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- What is recorded of these nodes. -#}
{% macro fingerprints_of(nodes) -%}
    {%- set names, queries = {}, [] -%}
    {%- for node in nodes -%}
        {%- do names.setdefault(made_of(node) | string, []).append(node.name) -%}
    {%- endfor -%}
    {%- for made, found in names.items() -%}
        {%- do queries.append(
            'select relation, fingerprint from ' ~ made
            ~ " where unit_id = '' and relation in ('" ~ found | join("', '") ~ "')"
        ) -%}
    {%- endfor -%}
    {{ return(queries | join(' union all ')) }}
{%- endmacro %}

{% macro default__made_by(nodes) -%}
    {%- set found = {} -%}
    {%- for name, fingerprint in run_query(fingerprints_of(nodes)).rows -%}
        {%- do found.update({name: fingerprint}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The statement that records what a model was made by. -#}
{% macro recording(fingerprint, is_changed) -%}
    {%- set row = "relation = '" ~ model.name ~ "' and unit_id = ''" -%}
    {%- if is_changed -%}
        delete from {{ made_of(this) }} where {{ row }};
        insert into {{ made_of(this) }}
        values (
            '{{ model.name }}', '', '{{ fingerprint }}', '{{ run_started_at }}', '{{ run_started_at }}'
        )
    {%- else -%}
        update {{ made_of(this) }} set run_at = '{{ run_started_at }}' where {{ row }}
    {%- endif -%}
{%- endmacro %}

{% macro default__record_made(fingerprint, is_changed) -%}
    {%- do run_query(recording(fingerprint, is_changed)) -%}
{%- endmacro %}

{#- Spark -#}

{% macro spark__create_made() -%}
{%- endmacro %}

{% macro properties_of(node) -%}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.name) -%}
    {%- set found = {} -%}
    {%- if relation is not none -%}
        {%- for row in run_query('show tblproperties ' ~ relation).rows -%}
            {%- do found.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{% macro spark__made_by(nodes) -%}
    {%- set found = {} -%}
    {%- for node in nodes -%}
        {%- do found.update({node.name: properties_of(node).get('cloudbill.fingerprint')}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro spark__record_made(fingerprint, is_changed) -%}
    {%- do set_properties({'cloudbill.fingerprint': fingerprint}) -%}
{%- endmacro %}

{% macro set_properties(properties) -%}
    {%- set pairs = [] -%}
    {%- for name, value in properties.items() -%}
        {%- do pairs.append("'" ~ name ~ "' = '" ~ value ~ "'") -%}
    {%- endfor -%}
    {%- set kind = 'view' if model.config.materialized == 'view' else 'table' -%}
    {%- do run_query('alter ' ~ kind ~ ' ' ~ this ~ ' set tblproperties (' ~ pairs | join(', ') ~ ')') -%}
{%- endmacro %}
