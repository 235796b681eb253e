-- Many staged verdicts, from one JSON array.
insert into oplatency.staged_verdicts
(
    run_token, operation_id, branch_id, rule, window_start, window_end, baseline_as_of, n_calls, n_findings, outcome,
    observed, expected, needed, gates, baseline_id, baseline_level
)
select
    %(run_token)s,
    given.operation_id,
    given.branch_id,
    given.rule,
    given.window_start,
    given.window_end,
    given.baseline_as_of,
    given.n_calls,
    given.n_findings,
    given.outcome,
    given.observed,
    given.expected,
    given.needed,
    given.gates,
    given.baseline_id,
    given.baseline_level
from jsonb_to_recordset(%(records)s::jsonb) as given (
    operation_id integer,
    branch_id integer,
    rule text,
    window_start timestamptz,
    window_end timestamptz,
    baseline_as_of timestamptz,
    n_calls bigint,
    n_findings bigint,
    outcome text,
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb,
    baseline_id bigint,
    baseline_level text
);
