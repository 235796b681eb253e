-- Alert episodes, for files: alerting calls of an operation and branch, joined across gaps of at most an hour.
-- Grain: one row per operation, branch and episode. Window: episodes with a call in hours that end in
-- (window_start, window_end], cut to it; null = no limit. Re-run: reads only.
with episodes as (
    select
        calls.operation,
        calls.branch,
        calls.episode_began_at,
        min(calls.observed_at) as first_at,
        max(calls.observed_at) as last_at,
        count(*) as n_calls,
        percentile_cont(0.5) within group (order by calls.duration_ms) as median_ms,
        percentile_cont(0.5) within group (order by calls.expected_ms) as expected_ms,
        max(calls.z) as max_z,
        case when bool_or(calls.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end as severity
    from oplatency.alerting_calls as calls
    where
        (%(operations)s::text[] is null or calls.operation = any(%(operations)s::text[]))
        and (%(window_start)s::timestamptz is null or calls.window_end > %(window_start)s::timestamptz)
        and (%(window_end)s::timestamptz is null or calls.window_end <= %(window_end)s::timestamptz)
    group by calls.operation, calls.branch, calls.episode_began_at
)

select
    episodes.operation,
    episodes.branch,
    episodes.first_at,
    episodes.last_at,
    episodes.n_calls as calls,
    episodes.median_ms,
    episodes.expected_ms,
    episodes.max_z,
    episodes.severity,
    (
        select string_agg(marks.title, ', ' order by marks.title)
        from oplatency.v_marks as marks
        where
            episodes.first_at < marks.ended_at + interval '1 hour'
            and episodes.last_at >= marks.began_at - interval '1 hour'
            and (cardinality(marks.operations) = 0 or episodes.operation = any(marks.operations))
    ) as mark,
    oplatency.finding_id(
        'incident', episodes.operation, episodes.branch, extract(epoch from episodes.episode_began_at)::text
    ) as finding_id
from episodes
order by episodes.first_at, episodes.operation, episodes.branch;
