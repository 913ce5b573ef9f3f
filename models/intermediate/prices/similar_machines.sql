{{ config(materialized='table') }}

{{ similar_machines(ref('machine_prices'), 'window_start', 'window_end') }}
