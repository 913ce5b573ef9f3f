with

commitment_days as (

    select * from {{ ref('int_commitment_days') }}

),

facts as (

    select
        provider,
        commitment_discount_id,
        max(commitment_name) as commitment_name,
        max(reservation_id) as reservation_id,
        max(instance_type) as instance_type,
        max(payment_option) as payment_option,
        max(term_months) as term_months,
        max(try_cast(left(ends_at, 10) as date)) as end_date
    from {{ ref('commitment_discounts') }}
    group by all

),

quantities as (

    select
        provider,
        reservation_id,
        charge_date,
        max(purchased_quantity) as purchased_quantity
    from {{ ref('int_commitment_quantities') }}
    group by all

),

final as (

    select
        ---------- ids
        commitment_days.provider,
        commitment_days.commitment_discount_id,

        ---------- dimensions
        commitment_days.charge_date,
        commitment_days.commitment_discount_type,
        facts.commitment_name,
        facts.instance_type,
        cast(facts.term_months as integer) as term_months,
        facts.payment_option,
        facts.end_date,
        commitment_days.billing_currency,
        commitment_days.is_open_month,

        ---------- quantities
        quantities.purchased_quantity,

        ---------- costs
        commitment_days.used_cost + commitment_days.unused_cost + commitment_days.to_come_cost
            as committed_cost,
        commitment_days.used_cost,
        commitment_days.unused_cost,
        commitment_days.to_come_cost,
        -- Without a public price of all that it covered, what it saved is not known.
        case
            when commitment_days.lacks_list_price then null
            else commitment_days.used_cost + commitment_days.saved_cost
        end as covered_list_cost,
        case
            when commitment_days.lacks_list_price then null
            else commitment_days.saved_cost - commitment_days.unused_cost
        end as savings,

        ---------- ratios
        -- Of what is over. Amounts are rounded; a day that takes more back than it used has none.
        case
            when commitment_days.used_cost + commitment_days.unused_cost > 0
                then {{ rounded_share(
                    'commitment_days.used_cost',
                    'commitment_days.used_cost + commitment_days.unused_cost'
                ) }}
        end as utilization

    from commitment_days
    left join facts using (provider, commitment_discount_id)
    left join quantities
        on
            facts.provider = quantities.provider
            and facts.reservation_id = quantities.reservation_id
            and commitment_days.charge_date = quantities.charge_date

)

select * from final
