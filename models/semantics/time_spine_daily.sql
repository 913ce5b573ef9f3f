with

final as (

    select distinct charge_date as date_day
    from {{ ref('cloud_cost_summary') }}

)

select * from final
