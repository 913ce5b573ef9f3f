{#- What fees of commitments and the usage that they cover meet in: a build, a billing account and a
    day, with what they are of. -#}
{% macro gcp_day_of(what) -%}
    concat_ws('|', unit_id, billing_account_id, billing_currency, charge_date, {{ what }})
{%- endmacro %}
