-- New operation names beyond what one batch may bring (or all, where new names wait for a decision) are refused.
-- Grain: one refusal per row of such a name. Window: the rows of one attempt. Re-run: the same names are refused.
insert into oplatency.staged_rejections (run_token, row_no, reason, detail)
select
    %(run_token)s,
    staged.row_no,
    %(reason)s,
    'the operation ' || left(staged.operation, 200) || ' is not in the catalogue'
from oplatency.staged_metrics as staged
where
    staged.run_token = %(run_token)s
    and staged.operation = any(%(operations)s::text[])
on conflict do nothing;
