with

lines as (

    select * from {{ ref('int_focus__described_lines') }}

),

bills as (

    select * from {{ ref('int_bills') }}
    where kind = 'focus'

),

regions as (

    select * from {{ ref('regions') }}

),

classified as (

    select
        lines.*,
        bills.unit_id,
        bills.scope,
        coalesce(regions.region_id, lower(lines.region)) as region_id,
        lines.charge_category = 'Usage' and coalesce(lines.commitment_status, '') != 'Unused'
            as is_usage
    from lines
    inner join bills using (export_name, bill, billing_period)
    left join regions
        on
            lines.provider = regions.provider
            and translate(lower(lines.region), ' -_.()', '') = regions.spelling

),

listed as (

    select
        *,
        -- Without a public price (Marketplace, reserved usage of Microsoft) what was agreed counts.
        case
            when not is_usage and charge_category = 'Usage' then 0
            when list_cost != 0 or not is_usage then list_cost
            when contracted_cost != 0 then contracted_cost
            else billed_cost
        end as public_list_cost
    from classified

),

final as (

    select
        ---------- ids
        unit_id,
        provider,
        scope,
        billing_period,
        billing_account_id,
        sub_account_id,
        sub_account_name,
        resource_id,
        provider_id,
        sku_id,
        tag_set_id,
        case when commitment_type is not null then commitment_id end as commitment_discount_id,
        case
            when commitment_type = 'Reservation' and is_vm and not is_vm_licence and is_usage
                then commitment_id
        end as reservation_id,
        offer_id,
        {{ absent(['on_demand_sku_id']) }},

        ---------- dimensions
        charge_date,
        region_id,
        availability_zone,
        service_name,
        coalesce(
            stated_service_category,
            case focus_service_category
                when 'Compute' then 'Compute'
                when 'Storage' then 'Storage'
                when 'Databases' then 'Storage'
                when 'Networking' then 'Network'
                when 'Management and Governance' then 'Management'
                else 'Other'
            end
        ) as service_category,
        charge_type,
        charge_category,
        charge_class,
        case
            when stated_pricing_model is not null then stated_pricing_model
            when charge_category not in ('Usage', 'Purchase') then null
            when commitment_type = 'Reservation' then 'Reserved'
            when commitment_type is not null then commitment_type
            when charge_category = 'Purchase' then null
            when pricing_category = 'dynamic' then 'Spot'
            else 'On-Demand'
        end as pricing_model,
        commitment_type as commitment_discount_type,
        commitment_status as commitment_discount_status,
        billing_currency,
        -- Kubecost counts usage of AWS and everything of others.
        coalesce(stated_in_kubecost_scope, provider != 'AWS' or is_usage) as in_kubecost_scope,
        is_kubernetes_service,
        case when is_vm and is_usage then vm_name end as vm_name,
        resource_group,
        case when is_vm and is_usage then instance_type end as instance_type,
        case when is_vm and is_usage then operating_system end as operating_system,

        ---------- quantities
        usage_unit,
        usage_quantity,
        case
            when stated_vm_hours is not null then stated_vm_hours
            when stated_amortized_cost is null and is_vm and not is_vm_licence and is_usage
                then nullif(usage_quantity, 0)
        end as vm_hours,
        case
            when commitment_type is not null and coalesce(commitment_category, 'usage') = 'usage'
                then coalesce(commitment_quantity, usage_quantity)
        end as commitment_quantity,
        cast(1 as bigint) as line_count,

        ---------- costs
        coalesce(stated_list_cost, public_list_cost) as list_cost,
        coalesce(stated_net_cost, billed_cost) as net_cost,
        coalesce(stated_amortized_net_cost, effective_cost) as amortized_net_cost,
        coalesce(stated_net_cost, billed_cost) as invoiced_cost,
        coalesce(stated_amortized_cost, effective_cost) as amortized_cost,
        public_list_cost,
        cast(commitment_share_cost as decimal(38, 18)) as commitment_share_cost,
        cast(0 as decimal(38, 18)) as commitment_to_come_cost

    from listed

)

select * from final
