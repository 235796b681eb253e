-- Alert episodes: alerting calls of one operation, joined across gaps of at most an hour.
-- Grain: one row per operation, episode and mark.
-- Window: the seven days before the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_alert_episodes as
with episodes as (
    select
        calls.operation,
        min(calls.observed_at) as first_at,
        max(calls.observed_at) as last_at,
        count(*) as n_calls,
        percentile_cont(0.5) within group (order by calls.duration_ms) as median_ms,
        percentile_cont(0.5) within group (order by calls.expected_ms) as expected_ms,
        max(calls.z) as max_z,
        case when bool_or(calls.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end as severity
    from oplatency.alerting_calls as calls
    where
        calls.branch = '(all)'
        and calls.observed_at >= (select oplatency.reference_time()) - interval '7 days'
        and calls.observed_at < (select oplatency.reference_time())
    group by calls.operation, calls.episode_began_at
)

select
    episodes.operation,
    episodes.first_at,
    episodes.last_at,
    episodes.n_calls as calls,
    episodes.median_ms,
    episodes.expected_ms,
    episodes.max_z,
    episodes.severity,
    marks.title as mark
from episodes
left join oplatency.marks as marks
    on
        episodes.first_at < marks.ended_at + interval '1 hour'
        and episodes.last_at >= marks.began_at - interval '1 hour'
        and (cardinality(marks.operations) = 0 or episodes.operation = any(marks.operations))
order by episodes.first_at, episodes.operation;
comment on view oplatency.v_alert_episodes is 'Alerting calls of an operation, joined across gaps of at most an hour.';
comment on column oplatency.v_alert_episodes.operation is 'Operation it is about.';
comment on column oplatency.v_alert_episodes.first_at is 'Start of the first alerting call.';
comment on column oplatency.v_alert_episodes.last_at is 'Start of the last alerting call.';
comment on column oplatency.v_alert_episodes.calls is 'Alerting calls.';
comment on column oplatency.v_alert_episodes.median_ms is 'Median duration of those calls, in milliseconds.';
comment on column oplatency.v_alert_episodes.expected_ms is 'Median of what the baseline expected of them, in milliseconds.';
comment on column oplatency.v_alert_episodes.max_z is 'Largest robust standard score, no unit.';
comment on column oplatency.v_alert_episodes.severity is 'The worst of them: WARNING or CRITICAL.';
comment on column oplatency.v_alert_episodes.mark is 'Title of the mark it falls into, within an hour; null = none.';
