-- New operation names beyond what one batch may bring, in the order in which they came.
-- Grain: one row per name. Window: the rows of one attempt.
select new_names.operation
from (
    select
        staged.operation,
        row_number() over (order by min(staged.first_row_no)) as place
    from oplatency.staged_statistics as staged
    left join oplatency.operation_types as known on staged.operation = known.name
    where staged.run_token = %(run_token)s and staged.operation is not null and known.operation_id is null
    group by staged.operation
) as new_names
where new_names.place > %(max_new_operations)s
order by new_names.place;
