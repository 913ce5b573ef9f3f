{#- The columns together identify a row; within a build, where its column is named. -#}
{% test unique_combination(model, columns, build_id=none) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
where {{ is_untested(build_id) if build_id else 'true' }}
group by all
having count(*) > 1
{% endtest %}
