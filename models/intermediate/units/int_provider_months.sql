with

{{ months_of(['provider'], ref('int_charge_months')) }}
