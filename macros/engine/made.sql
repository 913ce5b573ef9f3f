{#- What each relation was made by: a fingerprint of its own SQL (of a seed, its rows) and of those that
    its parents have. Whichever command runs, a model built by unit whose fingerprint is another than
    it would be now is made anew; views, seeds and small tables always are.

    On DuckDB it stands in a table `made` beside the relations, written in the transaction that makes
    them, with a row for each unit too; on Spark in their properties. -#}

{#- Raised when the same SQL has to make other rows. -#}
{% macro made_by_version() -%}1{%- endmacro %}

{% macro fingerprint() -%}
    {%- set parts = [made_by_version(), model.config.materialized, model.config.meta.get('unit_id')] -%}
    {%- for id in model.depends_on.nodes if id in graph.sources -%}
        {%- do parts.append(columns_of(id)) -%}
    {%- endfor -%}
    {%- do parts.append(parents_digest(model)) -%}
    {%- do parts.append(rows_digest(this) if model.resource_type == 'seed' else model.compiled_code) -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{% macro columns_of(source_id) -%}
    {%- set columns = [source_id] -%}
    {%- for column in graph.sources[source_id].columns.values() -%}
        {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(columns | join(', ')) }}
{%- endmacro %}

{% macro parents_digest(node) -%}
    {%- set parents = [] -%}
    {%- for id in node.depends_on.nodes | sort if id in graph.nodes -%}
        {%- do parents.append(graph.nodes[id]) -%}
    {%- endfor -%}
    {%- set made = fingerprints_of(parents) -%}
    {%- set parts = [] -%}
    {%- for parent in parents -%}
        {%- do parts.append(parent.name ~ ' ' ~ made.get(parent.name)) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- The text that a node is written in: its file, the macros of the project that it uses and the
    variables in either. Tells, without compiling a node, whether it was made by what it is now. -#}
{% macro source_of(node) -%}
    {%- set macros = [] -%}
    {%- do macros.extend(node.depends_on.macros) -%}
    {%- set parts = [node.checksum.checksum] -%}
    {%- set texts = [node.raw_code] -%}
    {%- for id in node.depends_on.nodes if id in graph.sources -%}
        {%- do parts.append(columns_of(id)) -%}
    {%- endfor -%}
    {%- for id in macros if id.startswith('macro.cloudbill.') -%}
        {%- set found = context['cloudbill'][id.split('.')[-1]].macro -%}
        {%- do texts.append(found.macro_sql) -%}
        {%- for called in found.depends_on.macros if called not in macros -%}
            {%- do macros.append(called) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for text in texts -%}
        {%- do parts.append(text) -%}
        {%- for name in modules.re.findall("var[(]'([a-z_]+)'", text) -%}
            {%- do parts.append(name ~ ' ' ~ var(name)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- Hook before a run: says which relations, that the run reads and does not make, are of before. -#}
{% macro tell_outdated() -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set read = [] -%}
        {%- do read.extend(selected_resources) -%}
        {%- for id in read if id in graph.nodes -%}
            {%- for parent in graph.nodes[id].depends_on.nodes if parent not in read -%}
                {%- do read.append(parent) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set nodes = [] -%}
        {%- for id in read if id in graph.nodes and id not in selected_resources -%}
            {%- do nodes.append(graph.nodes[id]) -%}
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

{#- Names of those that were made, by other rules than they have now. -#}
{% macro outdated(nodes) -%}
    {%- set made, names = facts_of(nodes, 'source'), [] -%}
    {%- for node in nodes if made.get(node.name) not in (none, source_of(node)) -%}
        {%- do names.append(node.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- Hook after views, seeds and small tables. -#}
{% macro record() -%}
    {%- if execute and config.get('materialized') != 'units' -%}
        {%- do record_made(fingerprint()) -%}
    {%- endif -%}
{%- endmacro %}

{#- Hook before a run. -#}
{% macro create_made() -%}
    {%- if execute -%}
        {%- do adapter.dispatch('create_made')() -%}
    {%- endif -%}
{%- endmacro %}

{% macro fingerprints_of(nodes) -%}
    {{ return(facts_of(nodes, 'fingerprint')) }}
{%- endmacro %}

{% macro facts_of(nodes, fact) -%}
    {{ return(adapter.dispatch('facts_of')(nodes, fact)) }}
{%- endmacro %}

{% macro record_made(fingerprint) -%}
    {%- do adapter.dispatch('record_made')({
        'fingerprint': fingerprint, 'source': source_of(model), 'parents': parents_digest(model),
        'made_at': run_started_at | string,
    }) -%}
{%- endmacro %}

{% macro rows_digest(relation) -%}
    {%- set query = adapter.dispatch('rows_digest')(relation) -%}
    {{ return(run_query(query).rows[0].values() | join(' ')) }}
{%- endmacro %}

{#- DuckDB -#}

{% macro made_of(place) -%}
    {{ return(api.Relation.create(
        database=place.database, schema=place.schema, identifier='made'
    )) }}
{%- endmacro %}

{#- Where relations of the project are: one `made` for each database and schema. -#}
{% macro made_tables() -%}
    {%- set found = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
        {%- do found.update({made_of(node) | string: made_of(node)}) -%}
    {%- endfor -%}
    {{ return(found.values() | list) }}
{%- endmacro %}

{% macro default__create_made() -%}
    {%- for made in made_tables() -%}
        {%- do adapter.create_schema(made) -%}
        {%- do run_query(
            'create table if not exists ' ~ made
            ~ ' (relation varchar, unit_id varchar, fingerprint varchar, source varchar,'
            ~ ' parents varchar, made_at varchar)'
        ) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro default__facts_of(nodes, fact) -%}
    {%- set names, found = {}, {} -%}
    {%- for node in nodes -%}
        {%- do names.setdefault(made_of(node) | string, []).append(node.name) -%}
    {%- endfor -%}
    {%- for made, of_place in names.items() -%}
        {%- set query -%}
            select relation, {{ fact }} from {{ made }}
            where unit_id = '' and relation in ('{{ of_place | join("', '") }}')
        {%- endset -%}
        {%- for name, value in run_query(query).rows -%}
            {%- do found.update({name: value}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro default__record_made(facts) -%}
    {#- A view or seed that is made again as it was has the rows that were tested. -#}
    {%- if model.config.materialized in ('view', 'seed')
        and fingerprints_of([model]).get(model.name) == facts.fingerprint -%}
        {%- do facts.update({'made_at': facts_of([model], 'made_at')[model.name]}) -%}
    {%- endif -%}
    {%- do run_query(forget_made()) -%}
    {%- do run_query(
        'insert into ' ~ made_of(this) ~ " (relation, unit_id, " ~ facts.keys() | join(', ')
        ~ ") values ('" ~ model.name ~ "', '', '" ~ facts.values() | join("', '") ~ "')"
    ) -%}
{%- endmacro %}

{% macro forget_made() -%}
    delete from {{ made_of(this) }} where relation = '{{ model.name }}'
{%- endmacro %}

{% macro default__rows_digest(relation) -%}
    select count(*), sum(cast(hash(seed) as hugeint)) from {{ relation }} as seed
{%- endmacro %}

{#- Units of any model that were made, or made otherwise, since all tests passed: `cloudbill build`
    writes the table `tested` when it publishes. -#}
{% macro untested_units() -%}
    {%- set tested = made_of(target).incorporate(path={'identifier': 'tested'}) -%}
    {%- set queries = [] -%}
    {%- for made in made_tables() -%}
        {%- do queries.append('select relation, unit_id, fingerprint from ' ~ made) -%}
    {%- endfor -%}
    {%- set query -%}
        select distinct unit_id
        from ({{ queries | join(' union all ') }}) as made
        anti join {{ tested }} as tested using (relation, unit_id, fingerprint)
        where unit_id != ''
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{%- endmacro %}

{#- Spark -#}

{% macro spark__create_made() -%}
{%- endmacro %}

{% macro properties_of(node) -%}
    {%- set relation = api.Relation.create(schema=node.schema, identifier=node.name) -%}
    {%- set found = {} -%}
    {%- for row in run_query('show tblproperties ' ~ relation).rows -%}
        {%- do found.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro spark__facts_of(nodes, fact) -%}
    {%- set found = {} -%}
    {%- for node in nodes -%}
        {%- do found.update({node.name: properties_of(node).get('cloudbill.' ~ fact)}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro spark__record_made(facts) -%}
    {%- set properties = {} -%}
    {%- for fact, value in facts.items() -%}
        {%- do properties.update({'cloudbill.' ~ fact: value}) -%}
    {%- endfor -%}
    {%- do set_properties(properties) -%}
{%- endmacro %}

{% macro set_properties(properties) -%}
    {%- set pairs = [] -%}
    {%- for name, value in properties.items() -%}
        {%- do pairs.append("'" ~ name ~ "' = '" ~ value ~ "'") -%}
    {%- endfor -%}
    {%- set kind = 'view' if model.config.materialized == 'view' else 'table' -%}
    {%- do run_query('alter ' ~ kind ~ ' ' ~ this ~ ' set tblproperties (' ~ pairs | join(', ') ~ ')') -%}
{%- endmacro %}

{% macro spark__rows_digest(relation) -%}
    select count(*), sum(cast(xxhash64(*) as decimal(38, 0))) from {{ relation }}
{%- endmacro %}
