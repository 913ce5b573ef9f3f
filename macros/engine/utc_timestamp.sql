{#- A local time of a zone as an instant. -#}
{% macro utc_timestamp(local_time, zone="'UTC'") -%}
    {{ return(adapter.dispatch('utc_timestamp')(local_time, zone)) }}
{%- endmacro %}

{% macro default__utc_timestamp(local_time, zone) -%}
    timezone({{ zone }}, {{ local_time }})
{%- endmacro %}

{% macro spark__utc_timestamp(local_time, zone) -%}
    to_utc_timestamp({{ local_time }}, {{ zone }})
{%- endmacro %}
