{#- Whether the warehouse can be published as it is (`cloudbill publish`), whoever built it. On DuckDB:
    Spark's tables are published by the build. -#}

{#- Hook after a run: which tests passed, and when. -#}
{% macro note_passed(results) -%}
    {%- if execute and target.type == 'duckdb' -%}
        {%- set tests, values = [], [] -%}
        {%- for result in results if result.node.resource_type == 'test' -%}
            {%- do tests.append(result.node.unique_id) -%}
            {%- if result.status in ('pass', 'warn') -%}
                {%- do values.append(
                    "('" ~ result.node.unique_id ~ "', '" ~ run_started_at ~ "')"
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if tests -%}
            {%- set passed = passed_tests() -%}
            {%- do run_query('create table if not exists ' ~ passed ~ ' (test varchar, passed_at varchar)') -%}
            {%- do run_query(
                'delete from ' ~ passed ~ " where test in ('" ~ tests | join("', '") ~ "')"
            ) -%}
            {%- if values -%}
                {%- do run_query('insert into ' ~ passed ~ ' values ' ~ values | join(', ')) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro passed_tests() -%}
    {{ return(made_of(target).incorporate(path={'identifier': 'passed'})) }}
{%- endmacro %}

{#- Writes a sentence for each gap into the table `gaps`: relations that are not of their parents'
    present version, bills that were not built, tests that have not passed since. -#}
{% macro note_gaps() -%}
    {%- do register_sources() -%}
    {%- do create_made() -%}
    {%- set relations, gaps = [], [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
        {%- do relations.append(node) -%}
    {%- endfor -%}
    {%- set sources, parents = facts_of(relations, 'source'), facts_of(relations, 'parents') -%}
    {%- for node in relations -%}
        {%- if node.name not in sources -%}
            {%- do gaps.append(node.name ~ ' is not built') -%}
        {%- elif sources[node.name] != source_of(node)
            or parents[node.name] != parents_digest(node) -%}
            {%- do gaps.append(node.name ~ ' was made before its rules changed') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not gaps -%}
        {%- do gaps.extend(unbuilt_bills()) -%}
        {%- do gaps.extend(untested(facts_of(relations, 'made_at'))) -%}
    {%- endif -%}
    {%- set table = made_of(target).incorporate(path={'identifier': 'gaps'}) -%}
    {%- do run_query('create or replace table ' ~ table ~ ' (gap varchar)') -%}
    {%- for gap in gaps -%}
        {%- do run_query('insert into ' ~ table ~ " values ('" ~ gap ~ "')") -%}
    {%- endfor -%}
{%- endmacro %}

{% macro unbuilt_bills() -%}
    {%- set source = graph.sources['source.cloudbill.lake.bills'] -%}
    {%- set bills = graph.nodes['model.cloudbill.bills'] -%}
    {%- set query -%}
        select count(*)
        from {{ adapter.get_relation(source.database, source.schema, source.identifier) }} as lake
        full join {{ adapter.get_relation(bills.database, bills.schema, bills.name) }} as built
            on
                lake.build_id = built.build_id
                and lake.export = built.export_name
                and lake.bill = built.bill
        where lake.build_id is null or built.build_id is null
    {%- endset -%}
    {{ return(['bills of the lake are not built'] if run_query(query).rows[0][0] else []) }}
{%- endmacro %}

{#- Tests that have not passed since anything that they look at was made. -#}
{% macro untested(made_at) -%}
    {%- set passed, gaps = {}, [] -%}
    {%- set table = passed_tests() -%}
    {%- if adapter.get_relation(table.database, table.schema, table.identifier) -%}
        {%- for test, at in run_query('select test, passed_at from ' ~ table).rows -%}
            {%- do passed.update({test: at}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for test in graph.nodes.values() if test.resource_type == 'test' -%}
        {%- set read = [] -%}
        {%- do read.extend(test.depends_on.nodes) -%}
        {%- set since = namespace(at='') -%}
        {%- for id in read if id in graph.nodes -%}
            {%- for parent in graph.nodes[id].depends_on.nodes if parent not in read -%}
                {%- do read.append(parent) -%}
            {%- endfor -%}
            {%- set at = made_at.get(graph.nodes[id].name) or '' -%}
            {%- if at > since.at -%}
                {%- set since.at = at -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if passed.get(test.unique_id, '') < since.at or test.unique_id not in passed -%}
            {%- do gaps.append(test.name ~ ' has not passed since') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(gaps) }}
{%- endmacro %}
