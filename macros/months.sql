{#- Incremental by month, where several bills may hold days of one row (an invoice month of Google
    Cloud starts and ends within a day): the unit is a calendar month of an account, or of whatever
    the rows of a mart stay within. Its id changes with the bills that have days in it. -#}

{#- A model of such months, but for its `with`: one row per month and unit of the
    bills. -#}
{% macro months_of(unit, charge_months) -%}
unit_months as (

    select
        unit_id,
        {{ unit | join(',\n        ') }},
        charge_month,
        sum(line_count) as line_count
    from {{ charge_months }}
    group by unit_id, {{ unit | join(', ') }}, charge_month

),

months as (

    select
        {{ unit | join(',\n        ') }},
        charge_month,
        {{ text_key(unit + ['charge_month', set_digest('unit_id')]) }} as unit_id
    from unit_months
    group by {{ unit | join(', ') }}, charge_month

),

final as (

    select
        months.unit_id,
        unit_months.unit_id as bill_unit_id,
        {% for column in unit -%}
            unit_months.{{ column }},
        {% endfor -%}
        unit_months.charge_month,
        unit_months.line_count
    from unit_months
    inner join months
        on
            {% for column in unit -%}
                unit_months.{{ column }} is not distinct from months.{{ column }}
                and
            {% endfor -%}
            unit_months.charge_month = months.charge_month

)

select * from final
{%- endmacro %}

{#- The months that a model is built by, to be joined with what it reads. -#}
{% macro months_to_build(months) -%}
    select * from {{ ref(months) }}
    where {{ of_units(months) }}
{%- endmacro %}

{#- Whether a row is of a month; columns of the unit are named. -#}
{% macro is_of_month(rows, unit=[]) -%}
    {{ rows }}.unit_id = months.bill_unit_id
    {%- for column in unit %}
    and {{ rows }}.{{ column }} is not distinct from months.{{ column }}
    {%- endfor %}
    and date_trunc('month', {{ rows }}.charge_date) = months.charge_month
{%- endmacro %}
