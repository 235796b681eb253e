-- Keeps every refused row, as it came, with the reason.
-- Grain: one row per refused input row. Window: the rows of one attempt. Re-run: a batch is closed once.
insert into oplatency.quarantined_rows (batch_id, row_no, line_no, reason, detail, raw)
select
    %(batch_id)s,
    row_no,
    line_no,
    coalesce(problem, %(batch_problem)s),
    coalesce(problem_detail, %(batch_detail)s, ''),
    raw
from oplatency.staged_rows
where run_token = %(run_token)s and coalesce(problem, %(batch_problem)s) is not null
order by row_no;
