with

-- AWS, "Understanding split cost allocation data": two lines an hour and pod (vCPU and memory) or
-- task. They tell again what the line of the instance tells, so no total may have both.
final as (

    select
        ---------- ids
        export as export_name,
        bill,
        billing_period,
        nullif(bill_payer_account_id, '') as billing_account_id,
        nullif(line_item_usage_account_id, '') as sub_account_id,
        line_item_resource_id as resource_id,
        nullif(split_line_item_parent_resource_id, '') as parent_resource_id,
        tag_set_id,

        ---------- dimensions
        case line_item_operation when 'EKSPod-EC2' then 'EKS' else 'ECS' end as orchestrator,
        -- arn:aws:eks:<region>:<account>:pod/<cluster>/<namespace>/<pod>/<uid>
        nullif(split_part(line_item_resource_id, '/', 2), '') as cluster_name,
        case
            when line_item_operation = 'EKSPod-EC2'
                then nullif(split_part(line_item_resource_id, '/', 3), '')
        end as namespace,
        case
            when line_item_operation = 'EKSPod-EC2'
                then nullif(split_part(line_item_resource_id, '/', 4), '')
        end as pod_name,
        case
            when line_item_usage_type like '%vCPU%' then 'vCPU'
            when line_item_usage_type like '%GB%' then 'Memory'
        end as resource_part,
        coalesce(nullif(upper(line_item_currency_code), ''), stated_currency) as billing_currency,

        ---------- quantities
        split_line_item_reserved_usage as reserved_usage,
        split_line_item_actual_usage as actual_usage,
        split_line_item_split_usage as split_usage,
        split_line_item_split_usage_ratio as split_usage_ratio,

        ---------- costs
        coalesce(split_line_item_split_cost, 0) as split_cost,
        coalesce(split_line_item_unused_cost, 0) as unused_cost,
        coalesce(split_line_item_net_split_cost, split_line_item_split_cost, 0) as net_split_cost,
        coalesce(split_line_item_net_unused_cost, split_line_item_unused_cost, 0)
            as net_unused_cost,
        split_line_item_public_on_demand_split_cost as public_split_cost,
        split_line_item_public_on_demand_unused_cost as public_unused_cost,

        ---------- times
        line_item_usage_start_date as usage_started_at,
        cast(line_item_usage_start_date as date) as charge_date

    from {{ source('aws', 'aws_cur') }}
    where line_item_operation in ('EKSPod-EC2', 'ECSTask-EC2')

)

select * from final
