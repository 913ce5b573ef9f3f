{#- Whether what commitments covered of a SKU has no public price: it lists at 0, though it was
    used. Of the charges of one SKU; used: what tells that, as a rule their amortized cost. -#}
{% macro lacks_list_price(used) -%}
    sum(case when commitment_discount_status = 'Used' then public_list_cost else 0 end) = 0
    and sum(case when commitment_discount_status = 'Used' then {{ used }} else 0 end) > 0
{%- endmacro %}
