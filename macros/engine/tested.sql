{#- What was tested, for `cloudbill build` and `publish`. On DuckDB alone: what Spark builds is tested
    whole, and published by the build. -#}

{#- Units of any model that this run made. -#}
{% macro new_units() -%}
    {%- set queries = [] -%}
    {%- for made in made_tables() -%}
        {%- do queries.append(
            'select unit_id from ' ~ made ~ " where unit_id != '' and made_at = '" ~ run_started_at ~ "'"
        ) -%}
    {%- endfor -%}
    {{ return(run_query(queries | join(' union ')).columns[0].values()) }}
{%- endmacro %}

{#- Hook after a run: which tests passed last, as what, and in which run. -#}
{% macro record_tests(results) -%}
    {%- set ran, passed = [], [] -%}
    {%- for result in results
        if result.node.resource_type == 'test' and result.node.package_name == 'cloudbill' -%}
        {%- do ran.append(result.node.name) -%}
        {%- if result.status in ('pass', 'warn') -%}
            {%- do passed.append([
                result.node.name, source_of(graph.nodes[result.node.unique_id]), run_started_at
            ] | join("', '")) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if ran and target.type == 'duckdb' -%}
        {%- set tested = made_of(target).incorporate(path={'identifier': 'tested'}) -%}
        {%- do run_query(
            'create table if not exists ' ~ tested
            ~ ' (test varchar, fingerprint varchar, passed_at varchar)'
        ) -%}
        {%- do run_query('delete from ' ~ tested ~ " where test in ('" ~ ran | join("', '") ~ "')") -%}
        {%- if passed -%}
            {%- do run_query(
                'insert into ' ~ tested ~ " values ('" ~ passed | join("'), ('") ~ "')"
            ) -%}
        {%- endif -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro %}

{#- Logs what each model, seed and test would be made by now, which `cloudbill publish` compares with
    what it was made by. -#}
{% macro tell_fingerprints() -%}
    {%- set known = {} -%}
    {%- for id, node in graph.nodes.items() if id.split('.')[1] == 'cloudbill' -%}
        {%- if node.resource_type in ('model', 'seed') -%}
            {%- do present_fingerprint(node, known) -%}
        {%- elif node.resource_type == 'test' -%}
            {%- do known.update({node.name: source_of(node)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do log('fingerprints ' ~ tojson(known)) -%}
{%- endmacro %}
