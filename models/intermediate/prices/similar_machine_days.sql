{{ similar_machines(ref('wanted_machine_days'), 'charge_date', 'charge_date', by_day=true) }}
