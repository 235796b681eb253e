-- New operation names beyond what one batch may bring (or all, where new names wait for a person) are refused.
-- Grain: one refusal per row of such a name. Window: the rows of one attempt. Re-run: the same names are refused.
with new_names as (
    select
        staged.operation,
        row_number() over (order by min(staged.row_no)) as place
    from oplatency.staged_metrics as staged
    left join oplatency.operation_types as known on staged.operation = known.name
    where staged.run_token = %(run_token)s and known.operation_id is null
    group by staged.operation
)

insert into oplatency.staged_refusals (run_token, row_no, reason, detail)
select
    %(run_token)s,
    staged.row_no,
    %(reason)s,
    'the operation ' || left(staged.operation, 200) || ' is not in the catalogue'
from oplatency.staged_metrics as staged
inner join new_names on staged.operation = new_names.operation
where staged.run_token = %(run_token)s and new_names.place > %(max_new_operations)s
on conflict do nothing;
