-- Everything that a statistical rule called abnormal, of every kind, in one list.
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
                and degradations.kind = 'shift'
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
        baselines.as_of as baseline_as_of,
        case when points.is_alerting then points.kind end as alerted_by,
        null::double precision[] as quantile_shifts,
        null::text as shape,
        null::timestamptz as onset_at,
        null::timestamptz as onset_low_at,
        null::timestamptz as onset_high_at,
        points.call_branch_id,
        points.baseline_level,
        null::text as no_onset_reason,
        points.identity_hash::text as call_key
    from points
    inner join oplatency.baselines as baselines on points.baseline_id = baselines.baseline_id
    union all
    select
        days.operation_id,
        days.branch_id,
        days.kind,
        days.window_start,
        days.window_end,
        days.window_start as observed_at,
        days.after_us as duration_us,
        days.before_us as expected_us,
        days.z,
        days.classical_z,
        days.effect,
        days.effect_low,
        days.effect_high,
        days.severity,
        days.is_alerting,
        false as is_combined,
        null::timestamptz as baseline_as_of,
        days.alerted_by,
        days.quantile_shifts,
        days.shape,
        days.onset_at,
        days.onset_low_at,
        days.onset_high_at,
        null::integer as call_branch_id,
        -- all calls of the newest days, against those of the days before
        'operation' as baseline_level,
        days.no_onset_reason,
        null::text as call_key
    from oplatency.degradation_notices as days
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
    findings.baseline_as_of,
    findings.alerted_by,
    findings.shape,
    findings.quantile_shifts,
    findings.onset_at,
    findings.onset_low_at,
    findings.onset_high_at,
    call_branches.name as call_branch,
    findings.baseline_level,
    no_onset_reasons.description as no_onset_reason,
    oplatency.finding_id(
        findings.kind,
        operation_types.name,
        branches.name,
        extract(epoch from findings.observed_at)::text,
        extract(epoch from findings.window_end)::text,
        findings.call_key
    ) as finding_id
from findings
inner join oplatency.operation_types as operation_types on findings.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on findings.branch_id = branches.branch_id
left join oplatency.branches as call_branches on findings.call_branch_id = call_branches.branch_id
left join oplatency.no_onset_reasons as no_onset_reasons on findings.no_onset_reason = no_onset_reasons.no_onset_reason;
comment on view oplatency.v_anomalies is
'Findings of every kind: calls, silent hours, days that shifted, tails, trends. Calls with an error are never judged.';
comment on column oplatency.v_anomalies.operation is 'Operation it is about.';
comment on column oplatency.v_anomalies.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_anomalies.kind is
'point: a call; silence: an hour with far too few calls; shift: newest days against those before; tail: their slow calls; trend: a drift.';
comment on column oplatency.v_anomalies.window_start is
'First instant of the judged window, inclusive; for points the hour.';
comment on column oplatency.v_anomalies.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.v_anomalies.observed_at is 'Start of the call; for windows their start.';
comment on column oplatency.v_anomalies.duration_ms is
'Duration of the call, level of the window, or of a silence the time without a call, in milliseconds.';
comment on column oplatency.v_anomalies.expected_ms is
'What the baseline expects there, the level before, or the usual time from call to call, in milliseconds.';
comment on column oplatency.v_anomalies.z is 'Robust standard score, no unit; positive = slow.';
comment on column oplatency.v_anomalies.classical_z is
'The textbook score of raw durations against the baseline, no unit; null = a trend, which has none.';
comment on column oplatency.v_anomalies.effect is
'Relative change, 0.25 = 25 % slower: for points duration / expected - 1, for days the typical ratio - 1.';
comment on column oplatency.v_anomalies.effect_low is
'Lower end of the 95 % interval of the effect; null = a single call or hour, or too few calls to bear one.';
comment on column oplatency.v_anomalies.effect_high is
'Upper end of the 95 % interval of the effect; null = a single call or hour, or too few calls to bear one.';
comment on column oplatency.v_anomalies.severity is
'NONE, INFO, WARNING or CRITICAL; for a combined finding CRITICAL if the call or the shift is, else WARNING.';
comment on column oplatency.v_anomalies.alerting is 'Whether the evidence is strong enough to alert.';
comment on column oplatency.v_anomalies.combined is
'Whether it is a slow call within a slow-down of its operation, on its branch or on all.';
comment on column oplatency.v_anomalies.baseline_as_of is
'As-of of the baseline it was judged against; null = days, judged against those before them.';
comment on column oplatency.v_anomalies.alerted_by is
'Kind of the finding that alerts for it: one operation and day alerts once; null = it does not alert.';
comment on column oplatency.v_anomalies.shape is
'Which quantiles moved: uniform, tail or spread; null = a single call or hour.';
comment on column oplatency.v_anomalies.quantile_shifts is
'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';
comment on column oplatency.v_anomalies.onset_at is 'Most likely start of a shift; null = not dated.';
comment on column oplatency.v_anomalies.onset_low_at is 'Earliest start, 95 %; null = not dated.';
comment on column oplatency.v_anomalies.onset_high_at is 'Latest start, 95 %; null = not dated.';
comment on column oplatency.v_anomalies.call_branch is
'Branch of the call; null = an hour or days of many calls.';
comment on column oplatency.v_anomalies.baseline_level is
'What it was judged by: its branch, its operation, or mostly like_operations (few calls); null = not known.';
comment on column oplatency.v_anomalies.no_onset_reason is
'Why a change of days has no onset; null = it has one, or it is a call or an hour.';
comment on column oplatency.v_anomalies.finding_id is
'Identifier of the finding: the same after a re-run or a rebuild, and in v_degradations.';
