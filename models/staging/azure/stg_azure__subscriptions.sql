with

source as (

    select * from {{ source('lake', 'azure_subscriptions') }}

),

final as (

    select
        subscription_id,
        max(subscription_name) as subscription_name,
        max(quota_id) as quota_id
    from source
    group by all

)

select * from final
