{#- Hook before a run. Where there is little to do, DuckDB's threads cost more than they save: on one, a
    small refresh takes a tenth less of the processor, and no longer. As a package of another project,
    whose own models may have much to do, it leaves them alone. -#}
{% macro use_threads() -%}
    {%- if execute and target.type == 'duckdb' and project_name == 'cloudbill' -%}
        {%- set charges = graph.nodes['model.cloudbill.int_charges'] -%}
        {%- set made = 'select unit_id from ' ~ made_of(charges) ~ " where relation = 'int_charges'" -%}
        {%- set lines, new_lines = run_query(
            'select coalesce(sum(line_count), 0),'
            ~ ' coalesce(sum(line_count) filter (unit_id not in (' ~ made ~ ')), 0)'
            ~ ' from ' ~ source('lake', 'bills')
        ).rows[0].values() -%}
        {%- set is_little = lines <= 100000 or (
            lines <= 1000000 and new_lines <= 100000
            and not flags.FULL_REFRESH and not outdated([charges])
        ) -%}
        {%- if is_little -%}
            {%- do run_query('set global threads = 1') -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
