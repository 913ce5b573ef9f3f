select
    export_name,
    bill,
    billing_period,
    'Google Cloud' as provider,
    billing_currency,
    lacks_cost,
    cost + credits_cost as billed,
    -- No fees for whole terms: what amortizes is cost and the credits of commitments.
    cost
    + resource_cud_credits_cost
    + flexible_cud_credits_cost
    + fee_utilization_offset_cost as to_amortize,
    0 as explained,
    false as lacks_amounts,
    false as is_foreign
from {{ ref('stg_gcp__billing_lines') }}
