{{ months_of(['provider'], ref('charge_months')) }}
