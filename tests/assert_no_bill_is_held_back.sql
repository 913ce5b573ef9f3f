-- Fails where a bill is held back: a change of the rules must not. `cloudbill build` publishes the
-- other bills all the same.
select * from {{ ref('held_bills') }}
