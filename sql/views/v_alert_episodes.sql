-- What a person is told of calls, joined up: alerting calls of one operation with gaps of at most an hour are one stretch.
-- Grain: one row per operation, stretch and mark.
-- Window: the seven days before the reference time.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_alert_episodes as
with alerting as (
    select
        operations.name as operation,
        anomalies.observed_at,
        anomalies.duration_us,
        anomalies.expected_us,
        anomalies.z,
        anomalies.severity,
        anomalies.observed_at - lag(anomalies.observed_at) over (
            partition by anomalies.operation_id order by anomalies.observed_at, anomalies.identity_hash
        ) > interval '1 hour' as starts_episode
    from oplatency.anomalies as anomalies
    inner join oplatency.operation_types as operations on anomalies.operation_id = operations.operation_id
    where
        anomalies.is_alerting
        and anomalies.kind = 'point'
        and anomalies.branch_id = 0
        and anomalies.observed_at >= (select oplatency.reference_time()) - interval '7 days'
        and anomalies.observed_at < (select oplatency.reference_time())
),

numbered as (
    select
        alerting.*,
        count(*) filter (where coalesce(alerting.starts_episode, true)) over (
            partition by alerting.operation order by alerting.observed_at
        ) as episode_no
    from alerting
),

stretches as (
    select
        numbered.operation,
        min(numbered.observed_at) as first_at,
        max(numbered.observed_at) as last_at,
        count(*) as n_calls,
        percentile_cont(0.5) within group (order by numbered.duration_us) / 1000 as median_ms,
        percentile_cont(0.5) within group (order by numbered.expected_us) / 1000 as expected_ms,
        max(numbered.z) as max_z,
        case when bool_or(numbered.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end as severity
    from numbered
    group by numbered.operation, numbered.episode_no
)

select
    stretches.operation,
    stretches.first_at,
    stretches.last_at,
    stretches.n_calls as calls,
    stretches.median_ms,
    stretches.expected_ms,
    stretches.max_z,
    stretches.severity,
    marks.title as mark
from stretches
left join oplatency.marks as marks
    on
        stretches.first_at < marks.ended_at + interval '1 hour'
        and stretches.last_at >= marks.began_at - interval '1 hour'
        and (cardinality(marks.operations) = 0 or stretches.operation = any(marks.operations))
order by stretches.first_at, stretches.operation;
comment on view oplatency.v_alert_episodes is 'What a person is told of calls, joined up: alerting calls of an operation with gaps of at most an hour.';
comment on column oplatency.v_alert_episodes.operation is 'Operation it is about.';
comment on column oplatency.v_alert_episodes.first_at is 'Start of the first alerting call.';
comment on column oplatency.v_alert_episodes.last_at is 'Start of the last alerting call.';
comment on column oplatency.v_alert_episodes.calls is 'Alerting calls.';
comment on column oplatency.v_alert_episodes.median_ms is 'Median duration of those calls, in milliseconds.';
comment on column oplatency.v_alert_episodes.expected_ms is 'Median of what the baseline expected of them, in milliseconds.';
comment on column oplatency.v_alert_episodes.max_z is 'Largest robust standard score, no unit.';
comment on column oplatency.v_alert_episodes.severity is 'The worst of them: WARNING or CRITICAL.';
comment on column oplatency.v_alert_episodes.mark is 'Title of the mark it falls into, within an hour; null = none.';
