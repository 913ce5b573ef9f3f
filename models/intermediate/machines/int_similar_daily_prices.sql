{{ similar_machines(ref('int_wanted_machine_days'), 'charge_date', 'charge_date', by_day=true) }}
