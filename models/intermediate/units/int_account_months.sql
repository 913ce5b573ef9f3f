with

{{ months_of(['provider', 'billing_account_id'], ref('int_charge_months')) }}
