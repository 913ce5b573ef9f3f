{#- The columns together identify a row. -#}
{% test unique_combination(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_found
from {{ model }}
group by all
having count(*) > 1
{% endtest %}
