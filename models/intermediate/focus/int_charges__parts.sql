-- The rows of FOCUS that a charge becomes, with their costs. A purchase is invoiced and has no
-- effective cost (FOCUS 1.2, EffectiveCost): what it pays for in the period is usage of its own.
-- The sums of billed and effective cost stay those of the charges, exactly.

with

charges as (

    select * from {{ ref('charges') }}

),

parts as (

    select false as is_consumption
    union all
    select true as is_consumption

),

-- AWS bills what a savings plan covers on demand and takes it back in another line. In FOCUS the
-- covered usage is billed at 0, and so is the line that takes it back, where the two are equal.
negated as (

    select
        unit_id,
        commitment_discount_id,
        billing_currency,
        charge_date
    from {{ ref('charges') }}
    where
        provider = 'AWS'
        and charge_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
    group by all
    having sum(net_cost) = 0

),

-- Google Cloud's fees of resource-based commitments move to the usage that they paid for, where all
-- of them do.
moved as (

    select
        unit_id,
        billing_account_id,
        billing_currency,
        charge_date
    from {{ ref('charges') }}
    where
        provider = 'Google Cloud'
        and (commitment_share_cost != 0 or charge_category = 'Purchase')
    group by all
    having
        sum(commitment_share_cost) != 0
        and sum(commitment_share_cost)
        = sum(case when charge_category = 'Purchase' then amortized_net_cost else 0 end)

),

final as (

    select
        charges.*,
        parts.is_consumption,
        case
            when parts.is_consumption then 0
            when
                negated.charge_date is not null
                and charges.charge_type in ('SavingsPlanCoveredUsage', 'SavingsPlanNegation')
                then 0
            else charges.invoiced_cost
        end as billed_cost,
        case
            when charges.charge_category = 'Purchase'
                then case when parts.is_consumption then charges.amortized_net_cost else 0 end
            when moved.charge_date is not null
                then charges.amortized_net_cost + charges.commitment_share_cost
            else charges.amortized_net_cost
        end as effective_cost,
        case when parts.is_consumption then 0 else charges.public_list_cost end as public_cost,
        case
            when parts.is_consumption then 0
            -- No discount of a commitment: the price that was agreed for usage.
            when charges.commitment_discount_status = 'Used' then charges.public_list_cost
            when charges.provider = 'Google Cloud' then charges.list_cost
            else charges.invoiced_cost
        end as contracted_cost
    from charges
    cross join parts
    left join negated
        on
            charges.unit_id = negated.unit_id
            and charges.commitment_discount_id = negated.commitment_discount_id
            and charges.billing_currency = negated.billing_currency
            and charges.charge_date = negated.charge_date
    left join moved
        on
            charges.unit_id = moved.unit_id
            and charges.billing_account_id = moved.billing_account_id
            and charges.billing_currency = moved.billing_currency
            and charges.charge_date = moved.charge_date
    where
        not parts.is_consumption
        or (
            charges.charge_category = 'Purchase'
            and moved.charge_date is null
            and (charges.amortized_net_cost != 0 or charges.amortized_cost != 0)
        )

)

select * from final
