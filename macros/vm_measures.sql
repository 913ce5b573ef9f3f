{#- The eighteen measures of the VM cost report, in the contract's order, by any keys: a select from
    rows of vm_costs_daily that also have period_hours. Everything distinct is counted in the group
    itself. A reservation counts once in a group, with its own factor, hence the join. -#}
{% macro vm_measures(vm_costs, keys) -%}
    {%- set hours = 'max(period_hours)' -%}
    {%- set bought = 'coalesce(max(reserved.normalized_reservations), 0)' -%}
    {%- set used = 'cast(coalesce(sum(normalized_reserved_hours), 0) as double) / ' ~ hours -%}
    {%- set running = 'cast(sum(normalized_hours) as double) / ' ~ hours -%}
    {%- set has_factors = 'sum(normalized_hours) is not null' -%}
    select
        {% for key in keys -%}
        {{ vm_costs }}.{{ key }},
        {% endfor %}
        ---------- quantities
        cast(coalesce(sum(vm_hours), 0) as double) as asset_hours,
        count(distinct case when vm_hours > 0 then resource_id end) as assets,
        cast(coalesce(sum(vm_hours), 0) as double) / max(period_hours) as assets_by_usage,
        count(distinct case when vm_hours is not null then reservation_id end) as reservations,
        cast(coalesce(sum(reserved_hours), 0) as double) / max(period_hours)
            as utilized_reservations,
        cast(coalesce(sum(scaled_hours), 0) as double) as vm_hours,
        count(distinct case when vm_hours > 0 then vm_name end) as vms,
        cast(coalesce(sum(vm_hours), 0) as double) / max(period_hours) as vms_by_usage,

        ---------- costs
        cast(sum(applications_cost) as decimal(38, 18)) as applications_cost,
        cast(sum(compute_cost) as decimal(38, 18)) as compute_cost,
        cast(sum(compute_cost_before_ri) as decimal(38, 18)) as compute_cost_before_ri,
        cast(sum(network_cost) as decimal(38, 18)) as network_cost,

        ---------- quantities
        case when {{ has_factors }} then {{ bought }} - {{ running }} end
            as normalized_reservation_surplus,
        case when {{ has_factors }} then {{ bought }} end as normalized_reservations,
        case when {{ has_factors }} then {{ bought }} - {{ used }} end
            as normalized_underutilized_reservations,
        case when {{ has_factors }} then {{ used }} end
            as normalized_utilized_reservations,
        {{ running }} as normalized_vms,

        ---------- costs
        cast(sum(total_cost) as decimal(38, 18)) as total_cost

    from {{ vm_costs }}
    left join (
        select
            {% for key in keys -%}
            {{ key }},
            {% endfor -%}
            sum(reservation_factor) as normalized_reservations
        from (
            select
                {% for key in keys -%}
                {{ key }},
                {% endfor -%}
                reservation_id,
                max(reservation_factor) as reservation_factor
            from {{ vm_costs }}
            where reservation_id is not null and vm_hours is not null
            group by all
        ) as reservations
        group by all
    ) as reserved
        on
            {% for key in keys -%}
            {{ vm_costs }}.{{ key }} is not distinct from reserved.{{ key }}{{ ' and' if not loop.last }}
            {% endfor %}
    group by all
{%- endmacro %}
