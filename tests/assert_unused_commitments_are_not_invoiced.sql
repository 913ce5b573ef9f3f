-- The unused part of a commitment is money already in the fee: it has amortized cost only.
select * from {{ ref('charges') }}
where
    commitment_discount_status = 'Unused'
    and provider != 'Microsoft'
    and {{ is_untested() }}
    -- Vendors of FOCUS files have rules of their own.
    and unit_id not in (
        select unit_id from {{ ref('int_bills') }}
        where kind = 'focus'
    )
    and (invoiced_cost != 0 or list_cost != 0 or vm_hours is not null)
