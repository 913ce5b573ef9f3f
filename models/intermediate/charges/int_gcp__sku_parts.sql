{{ config(materialized='units') }}

-- Which part of a machine each SKU is: the first row of the seed whose pattern its name is like. A
-- name of Compute Engine that no row knows has no part, and a test warns of it.

with

bills as (

    select * from {{ ref('int_bills') }}
    where kind = 'gcp_billing' and {{ of_units('int_built_bills') }}

),

lines as (

    select * from {{ ref('stg_gcp__billing_lines') }}

),

machine_parts as (

    select * from {{ ref('gcp_machine_parts') }}

),

skus as (

    select
        bills.unit_id,
        lines.sku_description,
        ' ' || lower(lines.sku_description) || ' ' as sku_words,
        -- What is named, without place and term: N2 Custom Instance Core, Commitment v1: N2 Cpu.
        regexp_replace(
            regexp_extract(
                lower(lines.sku_description),
                '^(.*?)( running | attached | in | for [0-9]+ year|$)',
                1
            ),
            '^commitment( v[0-9]+)?: ',
            ''
        ) as subject
    from lines
    inner join bills using (export_name, bill, billing_period)
    group by bills.unit_id, lines.sku_description

),

matched as (

    select
        skus.*,
        machine_parts.machine_part,
        machine_parts.machine_family as stated_family
    from skus
    left join machine_parts on skus.sku_words like machine_parts.sku_pattern
    qualify row_number() over (
        partition by skus.unit_id, skus.sku_description order by machine_parts.priority asc
    ) = 1

),

named as (

    select
        *,
        {{ without_words(
            "replace(' ' || subject || ' ', ' cpu ', ' core ')",
            ['instance', 'predefined', 'custom', 'extended', 'amd', 'arm', 'reserved', 'gpu',
             'sole tenancy'],
        ) }} as family_words
    from matched

),

final as (

    select
        ---------- ids
        unit_id,

        ---------- dimensions
        sku_description,
        machine_part,
        -- What a resource-based commitment is for, read alike from its own SKU and from those that
        -- it covers. SKUs of N1 name no family; premiums on cores and on memory stay apart.
        coalesce(
            nullif(stated_family, ''),
            nullif(
                trim(
                    case
                        when machine_part in ('core', 'ram')
                            then {{ without_words('family_words', ['core', 'ram']) }}
                        else family_words
                    end
                ),
                ''
            ),
            'n1'
        ) as machine_family

    from named

)

select * from final
