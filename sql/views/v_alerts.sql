-- Everything that people were told, by name.
-- Grain: one row per alert.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_alerts as
select
    alerts.alert_id,
    operation_types.name as operation,
    branches.name as branch,
    alerts.alert_type,
    alerts.severity,
    alerts.actual_us / 1000 as actual_ms,
    alerts.baseline_p99_us / 1000 as baseline_p99_ms,
    alerts.observed_at,
    alerts.raised_at,
    alerts.acknowledged_at,
    alerts.acknowledged_by,
    alerts.evidence
from oplatency.alerts as alerts
left join oplatency.operation_types as operation_types on alerts.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on alerts.branch_id = branches.branch_id;
comment on view oplatency.v_alerts is 'Every alert; v_performance_alerts_recent shows the newest with their age.';
comment on column oplatency.v_alerts.alert_id is 'Number of the alert.';
comment on column oplatency.v_alerts.operation is 'Operation it is about, of a group its first member; null = a source that fell silent.';
comment on column oplatency.v_alerts.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_alerts.alert_type is 'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';
comment on column oplatency.v_alerts.severity is 'INFO, WARNING or CRITICAL.';
comment on column oplatency.v_alerts.actual_ms is 'What was measured, in milliseconds.';
comment on column oplatency.v_alerts.baseline_p99_ms is 'p99 of the baseline it was judged against, in milliseconds; null = none.';
comment on column oplatency.v_alerts.observed_at is 'When what it tells of happened.';
comment on column oplatency.v_alerts.raised_at is 'When the alert was written.';
comment on column oplatency.v_alerts.acknowledged_at is 'When it was acknowledged; null = not yet.';
comment on column oplatency.v_alerts.acknowledged_by is 'Who took it; null = nobody has.';
comment on column oplatency.v_alerts.evidence is 'The finding''s values.';
