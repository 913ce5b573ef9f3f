{#- The columns together identify a row; within a unit, where its column is named. -#}
{% test unique_combination(model, columns, unit_id=none) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
where {{ is_untested(unit_id) if unit_id else 'true' }}
group by all
having count(*) > 1
{% endtest %}
