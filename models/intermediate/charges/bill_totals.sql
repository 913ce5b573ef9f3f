{{ config(materialized='incremental', incremental_strategy='append', pre_hook="{{ drop_pending_builds() }}") }}

PLACEHOLDER
