-- What needs a person now.
-- Grain: one row per CRITICAL alert that nobody has acknowledged.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_performance_alerts_critical as
select
    alerts.alert_id,
    coalesce(operation_types.name, alerts.evidence ->> 'source') as operation_type,
    alerts.alert_type,
    alerts.actual_us / 1000 as actual_ms,
    alerts.baseline_p99_us / 1000 as baseline_p99_ms,
    100 * (alerts.actual_us - alerts.baseline_p99_us) / nullif(alerts.baseline_p99_us, 0) as percent_over_baseline,
    users.name as user_name,
    alerts.observed_at as created_at,
    greatest(extract(epoch from oplatency.reference_time() - alerts.observed_at)::double precision / 60, 0)
        as minutes_unacknowledged
from oplatency.alerts as alerts
left join oplatency.operation_types as operation_types on alerts.operation_id = operation_types.operation_id
inner join oplatency.users as users on alerts.user_id = users.user_id
where alerts.severity = 'CRITICAL' and alerts.acknowledged_at is null
order by alerts.observed_at desc, alerts.alert_id desc;
comment on view oplatency.v_performance_alerts_critical is
'CRITICAL alerts that nobody has acknowledged, newest first.';
comment on column oplatency.v_performance_alerts_critical.alert_id is 'Number of the alert.';
comment on column oplatency.v_performance_alerts_critical.operation_type is 'Operation it is about; the name of the source where that is what fell silent.';
comment on column oplatency.v_performance_alerts_critical.alert_type is
'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';
comment on column oplatency.v_performance_alerts_critical.actual_ms is 'What was measured, in milliseconds; of a SILENCE the time without a call or an arrival.';
comment on column oplatency.v_performance_alerts_critical.baseline_p99_ms is
'p99 of the baseline it was judged against, in milliseconds; null = none.';
comment on column oplatency.v_performance_alerts_critical.percent_over_baseline is
'How far actual_ms lies above baseline_p99_ms, in percent of it; negative = below, null = no baseline.';
comment on column oplatency.v_performance_alerts_critical.user_name is
'Who made the call; (unknown) also where many did.';
comment on column oplatency.v_performance_alerts_critical.created_at is 'When what it tells of happened.';
comment on column oplatency.v_performance_alerts_critical.minutes_unacknowledged is
'Minutes from created_at to the reference time; 0 if it happened later.';
