{#- What a line of an Azure bill is to a commitment, by its charge type and pricing model
    (int_azure__described_lines). Cost details refund only purchases; unused lines are in amortized exports
    only ("Understand cost details", ChargeType). -#}

{#- Priced by a commitment: its purchase, its use or its unused part. -#}
{% macro azure_is_committed(lines='') -%}
    {{ lines }}pricing_model in ('reservation', 'savingsplan')
{%- endmacro %}

{#- What nothing used of a commitment: UnusedReservation, UnusedSavingsPlan, UnusedBenefit. -#}
{% macro azure_is_unused(lines='') -%}
    lower({{ lines }}charge_type) like 'unused%'
{%- endmacro %}

{#- In one only of actual and amortized cost: fees of commitments and their refunds in actual, what
    is unused in amortized ("Understand reservation charges"). All else is in both. -#}
{% macro azure_is_in_one_dataset(lines='') -%}
    (
        {{ azure_is_unused(lines) }}
        or ({{ azure_is_committed(lines) }} and lower({{ lines }}charge_type) != 'usage')
    )
{%- endmacro %}

{% macro azure_is_purchase(lines='') -%}
    lower({{ lines }}charge_type) = 'purchase'
{%- endmacro %}

{#- Usage at the price of its meter: nothing covers it, and it has a cost. -#}
{% macro azure_is_priced() -%}
    (
        lower(charge_type) = 'usage'
        and vm_reservation_id is null
        and not {{ azure_is_committed() }}
        and cost > 0
        and quantity > 0
    )
{%- endmacro %}

{#- What usage costs at the public price that its line states; NULL where it states none. -#}
{% macro azure_public_cost(priced_quantity) -%}
    case
        when payg_cost != 0 then payg_cost
        when payg_price > 0
            then {{ money(
                'cast(payg_price as double) * ' ~ priced_quantity ~ ' * exchange_rate'
            ) }}
    end
{%- endmacro %}
