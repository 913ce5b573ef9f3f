-- Kubecost: invoiced cost is net cost.
select * from {{ ref('charges') }}
where invoiced_cost != net_cost and {{ is_untested() }}
