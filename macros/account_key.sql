{#- A billing account as invoices name it: the last part of an Azure path, in any case, and without
    the zeros in front, which spreadsheets drop (account_key in scripts/cloudbill/config.py). -#}
{% macro account_key(account) -%}
    regexp_replace(lower(regexp_extract({{ account }}, '[^/]*$', 0)), '^0+', '')
{%- endmacro %}
