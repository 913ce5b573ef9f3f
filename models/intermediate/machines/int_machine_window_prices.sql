{{ config(materialized='table') }}

with

machine_days as (

    select * from {{ ref('int_machine_daily_prices') }}
    where is_in_window or is_in_last_month

),

summed as (

    select
        ---------- ids
        provider,
        machine_id,
        billing_currency,
        max(sub_account_id) as sub_account_id,
        max(resource_id) as resource_id,
        max(resource_group) as resource_group,

        ---------- dimensions
        max(region_id) as region_id,
        max_by(instance_type, case when instance_type is not null then charge_date end)
            as instance_type,
        max_by(operating_system, charge_date) as operating_system,

        ---------- quantities
        sum(case when is_in_window and vm_hours > 0 then vm_hours else 0 end) as vm_hours,
        {% for model_hours in pricing_model_hours().values() -%}
            sum(case when is_in_last_month then {{ model_hours }} else 0 end) as {{ model_hours }},
        {% endfor %}
        ---------- costs
        nullif({{ money('avg(case when is_in_window then hourly_price end)') }}, 0)
            as hourly_price,
        {{ money('avg(case when is_in_window then list_hourly_price end)') }} as list_hourly_price,

        ---------- times
        max(window_end) as window_end

    from machine_days
    group by provider, machine_id, billing_currency

),

final as (

    select
        *,
        {{ largest_pricing_model() }} as pricing_model,
        cast(
            window_end - interval {{ var('node_price_window_days') }} day + interval 1 day as date
        ) as window_start
    from summed
    where vm_hours > 0

)

select * from final
