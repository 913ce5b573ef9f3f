{#- Not one of the columns is ever NULL. -#}
{% test never_null(model, columns, unit_id) %}
select * from {{ model }}
where
    ({{ columns | join(' is null or ') }} is null)
    and {{ is_untested(unit_id) }}
{% endtest %}
