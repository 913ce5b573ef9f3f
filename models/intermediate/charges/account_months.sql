{{ months_of(['provider', 'billing_account_id'], ref('charge_months')) }}
