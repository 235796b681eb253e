-- New operation names beyond what one batch may bring (or all, where new names wait for a person) are refused.
-- Grain: one update per row of such a name. Window: the rows of one attempt. Re-run: the same names are refused.
with new_names as (
    select
        staged.operation,
        row_number() over (order by min(staged.row_no)) as place
    from oplatency.staged_metrics as staged
    left join oplatency.operation_types as known on staged.operation = known.name
    where staged.run_token = %(run_token)s and known.operation_id is null
    group by staged.operation
),

refused as (
    delete from oplatency.staged_metrics as staged
    using new_names
    where
        staged.run_token = %(run_token)s
        and staged.operation = new_names.operation
        and new_names.place > %(max_new_operations)s
    returning staged.row_no
)

update oplatency.staged_rows as staged
set
    problem = %(reason)s,
    problem_detail = 'the operation ' || left(staged.operation, 200) || ' is not in the catalogue'
from refused
where staged.run_token = %(run_token)s and staged.row_no = refused.row_no;
