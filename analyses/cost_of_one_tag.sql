-- What one namespace, team or product costs: charges with one tag or label, on any cloud, by month
-- and service. Namespaces are on the bill where the provider's cost allocation adds them
-- (kubernetes_namespace in seeds/tag_names.csv). Change the tag, its name in letters and digits,
-- and the value:
{%- set tag = 'env' %}
{%- set value = 'prod' %}

with

named_tags as (

    select * from {{ ref('named_tags') }}
    where tag_name = '{{ tag }}' and key_order = 1

)

select
    cloud_costs.provider,
    cast(date_trunc('month', cloud_costs.charge_date) as date) as charge_month,
    cloud_costs.service_name,
    cloud_costs.billing_currency,
    sum(cloud_costs.list_cost) as list_cost,
    sum(cloud_costs.amortized_net_cost) as amortized_net_cost,
    sum(cloud_costs.invoiced_cost) as invoiced_cost
from {{ ref('cloud_costs') }} as cloud_costs
inner join named_tags using (unit_id, provider, tag_set_id)
where named_tags.tag_value = '{{ value }}'
group by all
order by charge_month asc, amortized_net_cost desc
