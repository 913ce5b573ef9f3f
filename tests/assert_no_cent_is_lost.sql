-- Conservation is exact: what the charges of a bill are invoiced for is what its lines add up to.
select * from {{ ref('bill_reconciliation') }}
where measure = 'billed' and difference != 0
