{{ config(materialized='table') }}

with

{{ similar_machines(ref('int_machine_window_prices'), 'window_start', 'window_end') }}
