{{ config(materialized='units') }}

with

charges as (

    select * from {{ ref('charges') }}
    where in_kubecost_scope and {{ of_units() }}

),

tag_sets as (

    select * from {{ ref('tag_sets') }}

),

daily as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        billing_account_id,
        sub_account_id,
        sub_account_name,
        resource_group,
        resource_id,
        provider_id,
        tag_set_id,
        commitment_discount_id,

        ---------- dimensions
        charge_date,
        region_id,
        availability_zone,
        service_name,
        service_category,
        charge_category,
        pricing_model,
        billing_currency,

        ---------- ratios
        cast(is_kubernetes as integer) as kubernetes_percent,

        ---------- costs
        {{ summed_cost_metrics() }}

    from charges
    group by all

),

final as (

    select
        daily.*,
        tag_sets.tags
    from daily
    left join tag_sets using (unit_id, provider, tag_set_id)

)

select * from final
