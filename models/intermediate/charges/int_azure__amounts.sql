select
    export_name,
    bill,
    billing_period,
    'Microsoft' as provider,
    billing_currency,
    lacks_cost,
    cost as billed,
    cost as to_amortize,
    0 as explained,
    false as lacks_amounts,
    false as is_foreign
from {{ ref('stg_azure__cost_lines') }}
