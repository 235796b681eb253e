-- Makes the staged verdicts of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_verdicts
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.verdicts
(
    operation_id, branch_id, rule, window_start, window_end, baseline_as_of, n_calls, n_findings, outcome, observed,
    expected, needed, gates, baseline_id, baseline_level
)
select
    operation_id,
    branch_id,
    rule,
    window_start,
    window_end,
    baseline_as_of,
    n_calls,
    n_findings,
    outcome,
    observed,
    expected,
    needed,
    gates,
    baseline_id,
    baseline_level
from staged
order by operation_id, window_end, rule, window_start;
