-- What one namespace, team or product costs: charges with one tag or label, by month and service.
-- Namespaces are on the bill where the provider's cost allocation adds them: Google Cloud's label
-- k8s-namespace, AWS's tag aws_eks_namespace. Change the key and the value:
{%- set key = 'env' %}
{%- set value = 'prod' %}

select
    cloud_costs.provider,
    cast(date_trunc('month', cloud_costs.charge_date) as date) as charge_month,
    cloud_costs.service_name,
    cloud_costs.billing_currency,
    sum(cloud_costs.list_cost) as list_cost,
    sum(cloud_costs.amortized_net_cost) as amortized_net_cost,
    sum(cloud_costs.invoiced_cost) as invoiced_cost
from {{ ref('cloud_costs') }} as cloud_costs
where cloud_costs.tags['{{ key }}'] = '{{ value }}'
group by all
order by charge_month asc, amortized_net_cost desc
