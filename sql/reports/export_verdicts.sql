-- What every rule decided, gate by gate, for files.
-- Grain: one row per operation, branch, window, rule and gate. Window: those judged in (window_start, window_end], by
-- the end of what was judged; null = no limit. Re-run: reads only.
select
    operation,
    branch,
    rule,
    window_start,
    window_end,
    outcome,
    gate_no,
    gate,
    gate_value,
    gate_limit,
    passed,
    calls,
    findings,
    observed,
    expected,
    needed,
    baseline_as_of,
    baseline_level,
    baseline_branch,
    baseline_revision,
    baseline_config_hash
from oplatency.v_verdicts
where
    (%(window_start)s::timestamptz is null or window_end > %(window_start)s::timestamptz)
    and (%(window_end)s::timestamptz is null or window_end <= %(window_end)s::timestamptz)
    and (%(operation)s::text is null or operation = %(operation)s::text)
order by window_start, operation, branch, rule, window_end, gate_no;
