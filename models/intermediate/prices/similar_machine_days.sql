{{ config(materialized='table') }}

{{ similar_machines(ref('machine_days'), 'charge_date', 'charge_date', by_day=true) }}
