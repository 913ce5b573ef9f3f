-- Days of each scope, of each billing account in it, and of each account (subscription, project) in
-- that: each has a parent, whose days tell that the rest goes on.
{{ config(materialized='table') }}

{%- set ids = {
    'scope': ['scope'],
    'billing account': ['provider', 'scope', 'billing_account_id'],
    'account': ['provider', 'scope', 'billing_account_id', 'sub_account_id'],
} -%}

with

days as (

    select * from {{ ref('int_charge_days') }}

),

final as (

    {% for level, columns in ids.items() -%}
        select
            ---------- ids
            {{ text_key(columns) }} as covered_id,
            {% if level == 'scope' -%}
                cast(null as string) as parent_id,
            {% elif level == 'billing account' -%}
                {{ text_key(ids['scope']) }} as parent_id,
            {% else -%}
                case
                    when billing_account_id is null then {{ text_key(ids['scope']) }}
                    else {{ text_key(ids['billing account']) }}
                end as parent_id,
            {% endif -%}
            min(provider) as provider,
            scope,
            {% for column in ['billing_account_id', 'sub_account_id'] -%}
                {{ column if column in columns else 'cast(null as string)' }} as {{ column }},
            {% endfor -%}
            billing_period,

            ---------- dimensions
            '{{ level }}' as covered,
            charge_date,
            bool_or(has_usage) as has_usage,

            ---------- costs
            case when count(distinct billing_currency) = 1 then max(billing_currency) end
                as billing_currency,
            case when count(distinct billing_currency) <= 1 then sum(invoiced_cost) end
                as invoiced_cost

        from days
        where {{ columns[-1] }} is not null
        group by {{ columns | join(', ') }}, billing_period, charge_date
        {{ 'union all' if not loop.last }}
    {% endfor -%}

)

select * from final
