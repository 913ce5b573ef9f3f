{#- Units of a machine's price in one unit of its quantity, on meters in blocks ("100 Hours",
    "1K/Hour"): the price may be of a block or of an hour, and the quantity in hours, as a rule, or in
    blocks. A line may cost less than its price, by whatever discount, but not more, unless the bill
    does not state a rate of exchange: half as much again is left to it where the price decides, and
    what no rate comes near where hours would become blocks. A line that cost nothing cannot tell: then
    the quantity is in hours and the price of a block, as in old enterprise bills and price lists. -#}
{% macro azure_price_units() -%}
    {%- set block -%}
        (
            coalesce(try_cast({{ extracted('unit_of_measure', '^ *([0-9]+)') }} as double), 1)
            * case when {{ extracted('unit_of_measure', '^ *[0-9]+([kK])') }} is null then 1
                else 1000 end
        )
    {%- endset -%}
    {%- set ratio -%}
        cast(cost as double) / nullif(
            cast(coalesce(nullif(unit_price, 0), payg_price) as double)
            * cast(quantity as double) * cast(exchange_rate as double),
            0
        )
    {%- endset -%}
    case
        when not is_vm or {{ block }} <= 1 then 1
        when {{ ratio }} >= sqrt({{ block }}) then {{ block }}
        when {{ ratio }} > 1.5 / {{ block }} then 1
        else 1 / {{ block }}
    end
{%- endmacro %}
