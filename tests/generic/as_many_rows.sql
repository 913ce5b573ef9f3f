{#- A row for each row of another relation: the grain of what has no key of its own. -#}
{% test as_many_rows(model, relation) %}
with

counted as (

    select
        (select count(*) from {{ model }}) as row_count,
        (select count(*) from {{ relation }}) as expected_count

)

select * from counted
where row_count != expected_count
{% endtest %}
