-- The verdicts on one operation that speak of an hour: those of the hour, those of the days that close with its day, and
-- findings about days that hold it.
-- Grain: one row per rule, window and gate. Window: the hour from hour_start on, and days around it. Re-run: reads only.
select
    verdicts.rule,
    window_start,
    window_end,
    outcome,
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
from oplatency.v_verdicts as verdicts
inner join oplatency.v_rules as rules on verdicts.rule = rules.rule
where
    operation = %(operation)s
    and window_end > %(hour_start)s
    and window_end <= %(hour_start)s::timestamptz + interval '8 days'
    and window_start <= %(hour_start)s
    and (
        rules.grain in ('call', 'hour')
        or window_end = date_trunc('day', %(hour_start)s::timestamptz, 'UTC') + interval '1 day'
        or outcome in ('alert', 'finding')
    )
order by
    rules.rank asc,
    window_end asc,
    window_start desc,
    gate_no asc;
