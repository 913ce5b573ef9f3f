{{ config(severity='warn') }}
-- Sizes whose normalization factor is a guess; a row in the seed azure_instance_sizes settles it.
select distinct
    provider,
    instance_type,
    normalization_source,
    normalization_factor
from {{ ref('vm_costs_daily') }}
where normalization_source in ('vcpus', 'assumed')
