{#- Prices of machines by what makes them similar (type, region, system, spot or not), within an
    account and anywhere (sub_account_id NULL), weighted by their hours. What follows `with` in a
    model. -#}
{% macro similar_machines(machines, window_start, window_end, by_day=false) -%}
machines as (

    select
        *,
        cast(hourly_price as double) as price,
        cast(list_hourly_price as double) as list_price,
        cast(vm_hours as double) as hours
    from {{ machines }}
    where vm_hours > 0

),

summed as (

    select
        ---------- ids
        {% if by_day -%}
        machines.charge_date,
        {% endif -%}
        machines.provider,
        case when reaches.reach = 'account' then machines.sub_account_id end as sub_account_id,
        machines.billing_currency,

        ---------- dimensions
        reaches.reach,
        machines.region_id,
        lower(machines.instance_type) as instance_type,
        machines.operating_system,
        coalesce(machines.pricing_model = 'Spot', false) as is_spot,

        ---------- quantities
        count(machines.price) as similar_machines,
        {% for model, model_hours in pricing_model_hours().items() -%}
    sum(case when machines.pricing_model = '{{ model }}' then machines.hours else 0 end)
            as {{ model_hours }},
        {% endfor %}
        ---------- costs
        sum(machines.price * machines.hours)
        / sum(case when machines.price is not null then machines.hours end) as hourly_price,
        min(machines.hourly_price) as lowest_price,
        max(machines.hourly_price) as highest_price,
        sum(machines.list_price * machines.hours)
        / sum(case when machines.list_price is not null then machines.hours end)
            as list_hourly_price,

        ---------- times
        min(machines.{{ window_start }}) as window_start,
        max(machines.{{ window_end }}) as window_end

    from machines
    cross join (values ('account'), ('anywhere')) as reaches (reach)
    group by all

),

final as (

    select
        ---------- ids
        {% if by_day -%}
        charge_date,
        {% endif -%}
        provider,
        sub_account_id,
        billing_currency,

        ---------- dimensions
        reach,
        region_id,
        instance_type,
        operating_system,
        is_spot,
        {{ largest_pricing_model() }} as pricing_model,

        ---------- quantities
        similar_machines,

        ---------- costs
        {{ money('hourly_price') }} as hourly_price,
        cast(lowest_price as decimal(38, 18)) as lowest_price,
        cast(highest_price as decimal(38, 18)) as highest_price,
        {{ money('list_hourly_price') }} as list_hourly_price,

        ---------- times
        window_start,
        window_end

    from summed

)

select * from final
{%- endmacro %}

{#- Whether machines are similar to a node, and may tell its price: those of its own account or of
    any. The list price of a spot machine is no list price. -#}
{% macro is_similar(nodes, similar) -%}
    {{ nodes }}.provider = {{ similar }}.provider
    and {{ nodes }}.region_id = {{ similar }}.region_id
    and lower({{ nodes }}.instance_type) = {{ similar }}.instance_type
    and {{ nodes }}.operating_system = {{ similar }}.operating_system
    and (
        {{ similar }}.reach != 'account'
        or {{ nodes }}.sub_account_id = {{ similar }}.sub_account_id
    )
    and (
        {{ nodes }}.billing_currency is null
        or {{ nodes }}.billing_currency = {{ similar }}.billing_currency
    )
    and (
        ({{ nodes }}.is_spot = {{ similar }}.is_spot and {{ similar }}.hourly_price is not null)
        or (not {{ similar }}.is_spot and {{ similar }}.list_hourly_price is not null)
    )
{%- endmacro %}

{#- The order in which similar machines tell a price: real ones first, then list prices, each in
    the own account first. -#}
{% macro by_likeness(nodes, similar) -%}
    {{ similar_price_source(nodes, similar) }} asc, -- inferred sorts first
    {{ similar }}.reach asc,
    {{ similar }}.similar_machines desc,
    {{ similar }}.billing_currency asc nulls last,
    {{ similar }}.is_spot asc
{%- endmacro %}

{#- What the price of similar machines is to a node: inferred from real prices, or a list price. -#}
{% macro similar_price_source(nodes, similar) -%}
    case
        when {{ nodes }}.is_spot = {{ similar }}.is_spot and {{ similar }}.hourly_price is not null
            then 'inferred'
        else 'list'
    end
{%- endmacro %}

{#- The pricing model of a node that similar machines price. -#}
{% macro similar_pricing_model(is_spot, alike) -%}
    case
        when {{ is_spot }} then 'Spot'
        when {{ alike }}.price_source = 'inferred' then {{ alike }}.pricing_model
        else 'On-Demand'
    end
{%- endmacro %}
