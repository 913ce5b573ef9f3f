select
    export_name,
    bill,
    billing_period,
    provider,
    billing_currency,
    lacks_cost,
    coalesce(stated_net_cost, billed_cost) as billed,
    coalesce(stated_amortized_cost, effective_cost) as to_amortize,
    0 as explained,
    false as lacks_amounts,
    false as is_foreign
from {{ ref('stg_focus__charges') }}
