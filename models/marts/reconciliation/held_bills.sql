with

shown as (

    select
        scope,
        billing_period,
        max(loaded_at) as loaded_at
    from {{ ref('int_shown_bills') }}
    group by scope, billing_period

),

final as (

    select
        ---------- ids
        held.unit_id,
        held.export_names,
        held.scope,
        held.billing_period,
        held.provider,

        ---------- dimensions
        held.rule,
        held.billing_currency,

        ---------- quantities
        held.row_count,

        ---------- costs
        held.cost,

        ---------- times
        held.loaded_at,
        shown.loaded_at as shown_loaded_at

    from {{ ref('int_held_units') }} as held
    left join shown using (scope, billing_period)

)

select * from final
