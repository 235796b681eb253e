-- Writes an alert for each finding that should be seen and has none yet.
-- Grain: one row per violation; per operation and hour of alerting calls; per silence of an operation or a source;
-- per closed day that no alerting call has notified of; per group of operations.
-- Window: everything published. Re-run: nothing new, the key of a finding is taken.
with found as (
    select
        'violation:' || violations.operation_id || ':' || violations.observed_at || ':' || violations.identity_hash as dedupe_key,
        'VIOLATION' as alert_type,
        violations.operation_id,
        violations.branch_id,
        coalesce(metrics.user_id, -1) as user_id,
        violations.severity,
        violations.duration_us::double precision as actual_us,
        baselines.p99_us as baseline_p99_us,
        jsonb_build_object('limit_us', violations.limit_us, 'baseline_as_of', baselines.as_of) as evidence,
        violations.observed_at
    from oplatency.violations as violations
    inner join oplatency.baselines as baselines on violations.baseline_id = baselines.baseline_id
    left join oplatency.metrics as metrics
        on
            violations.operation_id = metrics.operation_id
            and violations.observed_at = metrics.started_at
            and violations.identity_hash = metrics.identity_hash
    union all
    select
        'anomaly:' || anomalies.operation_id || ':' || anomalies.window_start,
        'ANOMALY',
        anomalies.operation_id,
        anomalies.branch_id,
        -1,
        case when bool_or(anomalies.severity = 'CRITICAL') then 'CRITICAL' else 'WARNING' end,
        max(anomalies.duration_us),
        max(baselines.p99_us),
        jsonb_build_object(
            'n_calls', count(*), 'max_z', max(anomalies.z), 'max_effect', max(anomalies.effect), 'hour', anomalies.window_start
        ),
        min(anomalies.observed_at)
    from oplatency.anomalies as anomalies
    inner join oplatency.baselines as baselines on anomalies.baseline_id = baselines.baseline_id
    where anomalies.is_alerting and anomalies.kind = 'point'
    group by anomalies.operation_id, anomalies.branch_id, anomalies.window_start
    union all
    select
        'silence:' || anomalies.operation_id || ':' || anomalies.window_start,
        'SILENCE',
        anomalies.operation_id,
        anomalies.branch_id,
        -1,
        anomalies.severity,
        anomalies.duration_us,
        null,
        jsonb_build_object('hour', anomalies.window_start, 'expected_gap_us', anomalies.expected_us, 'z', anomalies.z),
        anomalies.window_start
    from oplatency.anomalies as anomalies
    where anomalies.is_alerting and anomalies.kind = 'silence'
    union all
    select
        'degradation:' || days.operation_id || ':' || days.window_start || ':' || days.window_end,
        'DEGRADATION',
        days.operation_id,
        days.branch_id,
        -1,
        days.severity,
        days.after_us,
        null,
        jsonb_build_object(
            'kind', days.kind, 'effect', days.effect, 'effect_low', days.effect_low, 'effect_high', days.effect_high, 'z', days.z
        ),
        days.window_end
    from oplatency.degradation_notices as days
    where days.is_notifying
    union all
    select
        'correlation:' || groups.as_of || ':' || array_to_string(groups.members, ','),
        'CORRELATION',
        operations.operation_id,
        0,
        -1,
        'WARNING',
        slowest.duration_us,
        null,
        jsonb_build_object(
            'members', to_jsonb(groups.members), 'bottleneck', groups.bottleneck, 'likely_cause', bottlenecks.title,
            'recommendation', bottlenecks.recommendation
        ),
        coalesce(groups.onset_at, groups.as_of)
    from oplatency.correlation_groups as groups
    inner join oplatency.operation_types as operations on groups.members[1] = operations.name
    left join oplatency.bottlenecks as bottlenecks on groups.bottleneck = bottlenecks.bottleneck
    left join lateral (
        select coalesce(max(anomalies.duration_us), 0) as duration_us
        from oplatency.anomalies as anomalies
        inner join oplatency.operation_types as members on anomalies.operation_id = members.operation_id
        where
            members.name = any(groups.members)
            and anomalies.kind = 'point'
            and anomalies.observed_at >= groups.as_of - interval '24 hours'
            and anomalies.observed_at < groups.as_of
    ) as slowest on true
    where groups.is_alerting
    union all
    select
        'silence of source:' || health.source || ':' || health.last_arrival_at,
        'SILENCE',
        null,
        0,
        -1,
        -- whatever else this source would report is not found any more
        'CRITICAL',
        health.minutes_since_arrival * 60000000,
        null,
        jsonb_build_object(
            'source', health.source, 'last_arrival_at', health.last_arrival_at, 'gap_p95_minutes', health.gap_p95_minutes,
            'silent_after_minutes', health.silent_after_minutes
        ),
        health.last_arrival_at + health.silent_after_minutes * interval '1 minute'
    from oplatency.v_ingest_health as health
    where health.is_silent
),

inserted as (
    insert into oplatency.alerts
    (
        dedupe_key, alert_type, operation_id, branch_id, user_id, severity, actual_us, baseline_p99_us, evidence, observed_at
    )
    select
        dedupe_key,
        alert_type,
        operation_id,
        branch_id,
        user_id,
        severity,
        actual_us,
        baseline_p99_us,
        evidence,
        observed_at
    from found
    order by observed_at, dedupe_key
    on conflict (dedupe_key) do nothing
    returning alert_type, operation_id, severity, actual_us, evidence, observed_at
)

select
    inserted.alert_type,
    coalesce(operations.name, inserted.evidence ->> 'source') as subject,
    inserted.operation_id is null as is_source,
    inserted.severity,
    inserted.actual_us,
    inserted.observed_at
from inserted
left join oplatency.operation_types as operations on inserted.operation_id = operations.operation_id
order by inserted.observed_at, subject;
