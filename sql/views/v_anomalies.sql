-- Everything that a statistical rule called abnormal: single calls and shifts of whole days in one list.
-- Grain: one row per finding: operation, branch, kind, window and, for a point, the call.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_anomalies as
with points as (
    select
        anomalies.*,
        -- a slow call while its operation is slow as a whole; a degradation of all branches covers each of them
        (
            select bool_or(degradations.severity = 'CRITICAL')
            from oplatency.degradations as degradations
            where
                anomalies.kind = 'point'
                and anomalies.effect > 0
                and anomalies.severity <> 'NONE'
                and anomalies.operation_id = degradations.operation_id
                and degradations.branch_id in (anomalies.branch_id, 0)
                and degradations.effect > 0
                and degradations.severity <> 'NONE'
                and degradations.window_start <= anomalies.observed_at
                and degradations.window_end > anomalies.observed_at
        ) as is_slow_down_critical
    from oplatency.anomalies as anomalies
),

findings as (
    select
        points.operation_id,
        points.branch_id,
        points.kind,
        points.window_start,
        points.window_end,
        points.observed_at,
        points.duration_us,
        points.expected_us,
        points.z,
        points.classical_z,
        points.effect,
        points.effect_low,
        points.effect_high,
        case
            when points.is_slow_down_critical is null then points.severity
            when points.is_slow_down_critical or points.severity = 'CRITICAL' then 'CRITICAL'
            else 'WARNING'
        end as severity,
        points.is_alerting,
        points.is_slow_down_critical is not null as is_combined,
        baselines.as_of as baseline_as_of
    from points
    inner join oplatency.baselines as baselines on points.baseline_id = baselines.baseline_id
    union all
    select
        degradations.operation_id,
        degradations.branch_id,
        'shift' as kind,
        degradations.window_start,
        degradations.window_end,
        degradations.window_start as observed_at,
        degradations.after_us as duration_us,
        degradations.before_us as expected_us,
        degradations.z,
        null::double precision as classical_z,
        degradations.effect,
        degradations.effect_low,
        degradations.effect_high,
        degradations.severity,
        degradations.is_alerting,
        false as is_combined,
        null::timestamptz as baseline_as_of
    from oplatency.degradations as degradations
)

select
    operation_types.name as operation,
    branches.name as branch,
    findings.kind,
    findings.window_start,
    findings.window_end,
    findings.observed_at,
    findings.duration_us / 1000 as duration_ms,
    findings.expected_us / 1000 as expected_ms,
    findings.z,
    findings.classical_z,
    findings.effect,
    findings.effect_low,
    findings.effect_high,
    findings.severity,
    findings.is_alerting as alerting,
    findings.is_combined as combined,
    findings.baseline_as_of
from findings
inner join oplatency.operation_types as operation_types on findings.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on findings.branch_id = branches.branch_id;
comment on view oplatency.v_anomalies is
'Findings about single calls and about shifts of whole days. Calls with an error are never judged.';
comment on column oplatency.v_anomalies.operation is 'Operation it is about.';
comment on column oplatency.v_anomalies.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_anomalies.kind is
'Rule that found it: point is a single call, shift the newest days against those before.';
comment on column oplatency.v_anomalies.window_start is
'First instant of the judged window, inclusive; for points the hour.';
comment on column oplatency.v_anomalies.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.v_anomalies.observed_at is 'Start of the call; for windows their start.';
comment on column oplatency.v_anomalies.duration_ms is
'Duration of the call, or median of the window, in milliseconds.';
comment on column oplatency.v_anomalies.expected_ms is
'What the baseline expects there, or the median before the shift, in milliseconds.';
comment on column oplatency.v_anomalies.z is 'Robust standard score, no unit; positive = slow.';
comment on column oplatency.v_anomalies.classical_z is
'(duration - mean) / standard deviation of the baseline, no unit; null = a shift, which has none.';
comment on column oplatency.v_anomalies.effect is
'Relative change, 0.25 = 25 % slower: for points duration / expected - 1, for shifts the typical ratio of calls - 1.';
comment on column oplatency.v_anomalies.effect_low is
'Lower end of the 95 % interval of the effect; null = a single call.';
comment on column oplatency.v_anomalies.effect_high is
'Upper end of the 95 % interval of the effect; null = a single call.';
comment on column oplatency.v_anomalies.severity is
'NONE, INFO, WARNING or CRITICAL; for a combined finding CRITICAL if the call or the shift is, else WARNING.';
comment on column oplatency.v_anomalies.alerting is 'Whether the evidence is enough to tell a person.';
comment on column oplatency.v_anomalies.combined is
'Whether it is a slow call within a slow-down of its operation, on its branch or on all.';
comment on column oplatency.v_anomalies.baseline_as_of is
'As-of of the baseline it was judged against; null = a shift, judged against the days before it.';
