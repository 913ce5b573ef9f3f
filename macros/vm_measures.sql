{#- Charges that the VM cost report reads: those that cost something, would have, or are hours. -#}
{% macro is_in_vm_report() -%}
    (invoiced_cost != 0 or vm_hours is not null or public_list_cost != 0)
{%- endmacro %}

{#- Rows of vm_costs_daily, and whether a VM ran on that day: what bills that came later take back to the
    last hour, in rows that may have other tags or another price, did not. -#}
{% macro vm_days(vm_costs) -%}
    select
        vm_costs.*,
        vm_costs.vm_hours > 0 and taken_back.charge_date is null as is_running
    from {{ vm_costs }} as vm_costs
    left join (
        select corrected.*
        from (
            select distinct
                provider,
                charge_date,
                coalesce(resource_id, '') as resource,
                coalesce(vm_name, '') as vm
            from {{ vm_costs }}
            where vm_hours < 0
        ) as corrected
        inner join {{ vm_costs }} as vm_costs
            on
                corrected.provider = vm_costs.provider
                and corrected.charge_date = vm_costs.charge_date
                and corrected.resource = coalesce(vm_costs.resource_id, '')
                and corrected.vm = coalesce(vm_costs.vm_name, '')
        group by all
        having sum(vm_costs.vm_hours) <= 0
    ) as taken_back
        on
            vm_costs.provider = taken_back.provider
            and vm_costs.charge_date = taken_back.charge_date
            and coalesce(vm_costs.resource_id, '') = taken_back.resource
            and coalesce(vm_costs.vm_name, '') = taken_back.vm
{%- endmacro %}

{#- The eighteen measures of the VM cost report, in the contract's order, by any keys: a select from
    rows of vm_days that also have period_hours. Everything distinct is counted in the group
    itself. A reservation counts once in a group, with its own factor. Without `normalized_hours`,
    the normalized measures are NULL. -#}
{% macro vm_measures(vm_costs, keys, normalized_hours='normalized_hours') -%}
    select
        {% for key in keys -%}
        measured.{{ key }},
        {% endfor %}
        ---------- quantities
        cast(coalesce(measured.hours, 0) as double) as asset_hours,
        measured.assets,
        cast(coalesce(measured.hours, 0) as double) / measured.period_hours as assets_by_usage,
        measured.reservations,
        cast(coalesce(measured.reserved_hours, 0) as double) / measured.period_hours
            as utilized_reservations,
        cast(coalesce(measured.scaled_hours, 0) as double) as vm_hours,
        measured.vms,
        cast(coalesce(measured.hours, 0) as double) / measured.period_hours as vms_by_usage,

        ---------- costs
        measured.applications_cost,
        measured.compute_cost,
        measured.compute_cost_before_ri,
        measured.network_cost,

        ---------- quantities
        measured.bought - measured.running as normalized_reservation_surplus,
        measured.bought as normalized_reservations,
        measured.bought - measured.used as normalized_underutilized_reservations,
        measured.used as normalized_utilized_reservations,
        measured.running as normalized_vms,

        ---------- costs
        measured.total_cost

    from (
        select
            totals.*,
            case when totals.normalized_hours is not null then coalesce(reserved.factors, 0) end
                as bought,
            case
                when totals.normalized_hours is not null
                    then
                        cast(coalesce(totals.normalized_reserved_hours, 0) as double)
                        / totals.period_hours
            end as used,
            cast(totals.normalized_hours as double) / totals.period_hours as running
        from (
            select
                {% for key in keys -%}
                {{ key }},
                {% endfor -%}
                max(period_hours) as period_hours,
                sum(vm_hours) as hours,
                sum(reserved_hours) as reserved_hours,
                sum(scaled_hours) as scaled_hours,
                sum({{ normalized_hours }}) as normalized_hours,
                sum(normalized_reserved_hours) as normalized_reserved_hours,
                count(distinct case when is_running then resource_id end) as assets,
                count(distinct case when is_running then vm_name end) as vms,
                count(distinct case when is_running then reservation_id end) as reservations,
                {% for cost in [
                    'applications_cost', 'compute_cost', 'compute_cost_before_ri', 'network_cost',
                    'total_cost',
                ] -%}
                cast(sum({{ cost }}) as decimal(38, 18)) as {{ cost }}{{ ',' if not loop.last }}
                {% endfor %}
            from {{ vm_costs }}
            group by all
        ) as totals
        left join (
            select
                {% for key in keys -%}
                {{ key }},
                {% endfor -%}
                sum(reservation_factor) as factors
            from (
                select
                    {% for key in keys -%}
                    {{ key }},
                    {% endfor -%}
                    reservation_id,
                    max(reservation_factor) as reservation_factor
                from {{ vm_costs }}
                where reservation_id is not null and is_running
                group by all
            ) as reservations
            group by all
        ) as reserved
            on
                {% for key in keys -%}
                totals.{{ key }} is not distinct from reserved.{{ key }}{{ ' and' if not loop.last }}
                {% endfor %}
    ) as measured
{%- endmacro %}
