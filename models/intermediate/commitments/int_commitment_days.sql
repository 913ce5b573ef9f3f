{{ config(materialized='units') }}

with

-- Usage covered under Google's older models does not name its commitment, whatever its kind. What
-- other providers do not name (Azure's older schemas have no benefit ids) stays without a name.
used as (

    select
        *,
        provider = 'Google Cloud' and commitment_discount_id is null as is_of_its_kind
    from {{ ref('int_commitment_use') }}
    where {{ of_units('int_provider_months') }}

),

-- What it saved is shared by the used parts of the commitments of its kind. The largest takes what
-- rounding leaves.
pools as (

    select
        *,
        sum(case when is_of_its_kind then saved_cost else 0 end) over pool as unnamed_saved_cost,
        sum(case when is_of_its_kind then 0 else used_cost end) over pool as named_used_cost,
        row_number() over (
            partition by
                provider, billing_account_id, billing_currency, charge_date, is_resource_based
            order by
                case when is_of_its_kind then 1 else 0 end,
                used_cost desc,
                commitment_discount_id asc
        ) as position_in_pool
    from used
    window pool as (
        partition by provider, billing_account_id, billing_currency, charge_date, is_resource_based
    )

),

shared as (

    select
        *,
        case
            when not is_of_its_kind and named_used_cost > 0
                then {{ money('cast(unnamed_saved_cost as double) * used_cost / named_used_cost') }}
            when is_of_its_kind and named_used_cost > 0 then -saved_cost
            else 0
        end as share_cost
    from pools

),

completed as (

    select
        *,
        case
            when position_in_pool = 1 and named_used_cost > 0
                then saved_cost + share_cost - sum(share_cost) over pool
            else saved_cost + share_cost
        end as shared_saved_cost
    from shared
    window pool as (
        partition by provider, billing_account_id, billing_currency, charge_date, is_resource_based
    )

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        commitment_discount_id,

        ---------- dimensions
        charge_date,
        commitment_discount_type,
        billing_currency,
        bool_or(is_open_month) as is_open_month,
        coalesce(bool_or(lacks_list_price), false) as lacks_list_price,

        ---------- costs
        sum(used_cost) as used_cost,
        sum(unused_cost) as unused_cost,
        sum(to_come_cost) as to_come_cost,
        sum(shared_saved_cost) as saved_cost

    from completed
    group by all
    having
        sum(used_cost) != 0
        or sum(unused_cost) != 0
        or sum(to_come_cost) != 0
        or sum(shared_saved_cost) != 0

)

select * from final
