-- Stretches of alerting calls, for files: calls of an operation and branch with gaps of at most an hour are one stretch.
-- Grain: one row per operation, branch and stretch. Window: stretches with a call in hours that end in
-- (window_start, window_end], cut to it; null = no limit. Re-run: reads only.
with alerting as (
    select
        found.*,
        found.observed_at - lag(found.observed_at) over (
            partition by found.operation, found.branch order by found.observed_at, found.duration_ms
        ) > interval '1 hour' as starts_episode
    from oplatency.v_anomalies as found
    where
        found.alerting
        and found.kind = 'point'
        and (%(operations)s::text[] is null or found.operation = any(%(operations)s::text[]))
),

numbered as (
    select
        alerting.*,
        count(*) filter (where coalesce(alerting.starts_episode, true)) over (
            partition by alerting.operation, alerting.branch order by alerting.observed_at
        ) as episode_no
    from alerting
),

-- the whole stretch names it, whatever part of it is asked for
named as (
    select
        numbered.*,
        min(numbered.observed_at) over (
            partition by numbered.operation, numbered.branch, numbered.episode_no
        ) as began_at
    from numbered
),

stretches as (
    select
        named.operation,
        named.branch,
        named.began_at,
        min(named.observed_at) as first_at,
        max(named.observed_at) as last_at,
        count(*) as n_calls,
        percentile_cont(0.5) within group (order by named.duration_ms) as median_ms,
        percentile_cont(0.5) within group (order by named.expected_ms) as expected_ms,
        max(named.z) as max_z,
        case when bool_or(named.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end as severity
    from named
    where
        (%(window_start)s::timestamptz is null or named.window_end > %(window_start)s::timestamptz)
        and (%(window_end)s::timestamptz is null or named.window_end <= %(window_end)s::timestamptz)
    group by named.operation, named.branch, named.began_at
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
    (
        select string_agg(marks.title, ', ' order by marks.title)
        from oplatency.v_marks as marks
        where
            stretches.first_at < marks.ended_at + interval '1 hour'
            and stretches.last_at >= marks.began_at - interval '1 hour'
            and (cardinality(marks.operations) = 0 or stretches.operation = any(marks.operations))
    ) as mark,
    oplatency.finding_id(
        'incident', stretches.operation, stretches.branch, extract(epoch from stretches.began_at)::text
    ) as finding_id
from stretches
order by stretches.first_at, stretches.operation, stretches.branch;
