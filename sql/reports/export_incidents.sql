-- Stretches of alerting calls, for files: calls of an operation and branch with gaps of at most an hour are one stretch.
-- Grain: one row per operation, branch, stretch and mark. Window: calls in hours that end in (window_start, window_end];
-- null = no limit. Re-run: reads only.
with alerting as (
    select
        found.*,
        found.observed_at - lag(found.observed_at) over (
            partition by found.operation, found.branch order by found.observed_at, found.duration_ms
        ) > interval '1 hour' as starts_stretch
    from oplatency.v_anomalies as found
    where
        found.alerting
        and found.kind = 'point'
        and (%(window_start)s::timestamptz is null or found.window_end > %(window_start)s::timestamptz)
        and (%(window_end)s::timestamptz is null or found.window_end <= %(window_end)s::timestamptz)
        and (%(operation)s::text is null or found.operation = %(operation)s::text)
),

numbered as (
    select
        alerting.*,
        count(*) filter (where coalesce(alerting.starts_stretch, true)) over (
            partition by alerting.operation, alerting.branch order by alerting.observed_at
        ) as stretch_no
    from alerting
),

stretches as (
    select
        numbered.operation,
        numbered.branch,
        min(numbered.observed_at) as first_at,
        max(numbered.observed_at) as last_at,
        count(*) as n_calls,
        percentile_cont(0.5) within group (order by numbered.duration_ms) as median_ms,
        percentile_cont(0.5) within group (order by numbered.expected_ms) as expected_ms,
        max(numbered.z) as max_z,
        case when bool_or(numbered.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end as severity
    from numbered
    group by numbered.operation, numbered.branch, numbered.stretch_no
)

select
    stretches.operation,
    stretches.branch,
    stretches.first_at,
    stretches.last_at,
    stretches.n_calls as calls,
    stretches.median_ms,
    stretches.expected_ms,
    stretches.max_z,
    stretches.severity,
    marks.title as mark
from stretches
left join oplatency.v_marks as marks
    on
        stretches.first_at < marks.ended_at + interval '1 hour'
        and stretches.last_at >= marks.began_at - interval '1 hour'
        and (cardinality(marks.operations) = 0 or stretches.operation = any(marks.operations))
order by stretches.first_at, stretches.operation, stretches.branch, marks.title;
