-- The newest alerts, with their age.
-- Grain: one row per alert, at most 100.
-- Window: the 100 that happened last; acknowledged ones stay listed.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_performance_alerts_recent as
with newest as (
    select alerts.*
    from oplatency.alerts as alerts
    order by alerts.observed_at desc, alerts.alert_id desc
    limit 100
)

select
    newest.alert_id,
    coalesce(operation_types.name, newest.evidence ->> 'source') as operation_type,
    newest.alert_type,
    newest.severity,
    newest.actual_us / 1000 as actual_ms,
    newest.baseline_p99_us / 1000 as baseline_p99_ms,
    newest.actual_us / nullif(newest.baseline_p99_us, 0) as times_over_baseline,
    users.name as user_name,
    newest.observed_at as created_at,
    newest.acknowledged_at is not null as is_acknowledged,
    greatest(extract(epoch from oplatency.reference_time() - newest.observed_at)::double precision / 60, 0)
        as age_minutes
from newest
left join oplatency.operation_types as operation_types on newest.operation_id = operation_types.operation_id
inner join oplatency.users as users on newest.user_id = users.user_id
order by newest.observed_at desc, newest.alert_id desc;
comment on view oplatency.v_performance_alerts_recent is 'The 100 alerts that happened last, newest first.';
comment on column oplatency.v_performance_alerts_recent.alert_id is 'Number of the alert.';
comment on column oplatency.v_performance_alerts_recent.operation_type is 'Operation it is about; the name of the source where that is what fell silent.';
comment on column oplatency.v_performance_alerts_recent.alert_type is
'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';
comment on column oplatency.v_performance_alerts_recent.severity is 'INFO, WARNING or CRITICAL.';
comment on column oplatency.v_performance_alerts_recent.actual_ms is 'What was measured, in milliseconds; of a SILENCE the time without a call or an arrival.';
comment on column oplatency.v_performance_alerts_recent.baseline_p99_ms is
'p99 of the baseline it was judged against, in milliseconds; null = none.';
comment on column oplatency.v_performance_alerts_recent.times_over_baseline is
'actual_ms / baseline_p99_ms; null = no baseline.';
comment on column oplatency.v_performance_alerts_recent.user_name is
'Who made the call; (unknown) also where many did.';
comment on column oplatency.v_performance_alerts_recent.created_at is 'When what it tells of happened.';
comment on column oplatency.v_performance_alerts_recent.is_acknowledged is 'Whether a person took it.';
comment on column oplatency.v_performance_alerts_recent.age_minutes is
'Minutes from created_at to the reference time; 0 if it happened later.';
