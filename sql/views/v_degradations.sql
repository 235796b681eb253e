-- The evidence behind the findings of days in v_anomalies: how many calls, how long before and after, which quantiles moved.
-- Grain: one row per operation, branch, rule and judged window.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_degradations as
select
    operation_types.name as operation,
    branches.name as branch,
    degradations.window_start,
    degradations.window_end,
    degradations.lookback_days,
    degradations.n_before as calls_before,
    degradations.n_after as calls_after,
    degradations.before_us / 1000 as before_ms,
    degradations.after_us / 1000 as after_ms,
    degradations.z,
    degradations.effect,
    degradations.effect_low,
    degradations.effect_high,
    degradations.shape,
    degradations.severity,
    degradations.is_alerting as alerting,
    degradations.kind,
    degradations.classical_z,
    degradations.quantile_shifts,
    degradations.onset_at,
    degradations.onset_low_at,
    degradations.onset_high_at,
    no_onset_reasons.description as no_onset_reason,
    oplatency.finding_id(
        degradations.kind,
        operation_types.name,
        branches.name,
        extract(epoch from degradations.window_start)::text,
        extract(epoch from degradations.window_end)::text,
        null
    ) as finding_id
from oplatency.degradations as degradations
inner join oplatency.operation_types as operation_types on degradations.operation_id = operation_types.operation_id
inner join oplatency.branches as branches on degradations.branch_id = branches.branch_id
left join oplatency.no_onset_reasons as no_onset_reasons on degradations.no_onset_reason = no_onset_reasons.no_onset_reason;
comment on view oplatency.v_degradations is
'Operations whose newest days are slower or faster than the days before, with the evidence.';
comment on column oplatency.v_degradations.operation is 'Operation it is about.';
comment on column oplatency.v_degradations.branch is 'Branch it is about; (all) = all branches.';
comment on column oplatency.v_degradations.window_start is 'First instant of the newest days, inclusive.';
comment on column oplatency.v_degradations.window_end is 'End of the newest days, exclusive.';
comment on column oplatency.v_degradations.lookback_days is 'Days looked at, the newest included.';
comment on column oplatency.v_degradations.calls_before is 'Calls before window_start.';
comment on column oplatency.v_degradations.calls_after is 'Calls in the window.';
comment on column oplatency.v_degradations.before_ms is 'Median before, of a tail the quantile, of a trend where its line begins; in milliseconds.';
comment on column oplatency.v_degradations.after_ms is 'The same in the window, in milliseconds.';
comment on column oplatency.v_degradations.z is 'Standard score of the shift, no unit; positive = slower.';
comment on column oplatency.v_degradations.effect is 'Typical ratio of new to old calls - 1; 0.25 = 25 % slower.';
comment on column oplatency.v_degradations.effect_low is 'Lower end of its 95 % interval.';
comment on column oplatency.v_degradations.effect_high is 'Upper end of its 95 % interval.';
comment on column oplatency.v_degradations.shape is 'uniform, tail or spread: which quantiles moved.';
comment on column oplatency.v_degradations.severity is 'NONE, INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';
comment on column oplatency.v_degradations.alerting is 'Whether the evidence is strong enough to alert.';
comment on column oplatency.v_degradations.kind is 'shift, tail or trend.';
comment on column oplatency.v_degradations.classical_z is
'Difference of the raw means in standard errors, no unit; null = a trend.';
comment on column oplatency.v_degradations.quantile_shifts is
'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';
comment on column oplatency.v_degradations.onset_at is 'Most likely start of the change; null = not dated.';
comment on column oplatency.v_degradations.onset_low_at is 'Earliest start, 95 %; null = not dated.';
comment on column oplatency.v_degradations.onset_high_at is 'Latest start, 95 %; null = not dated.';
comment on column oplatency.v_degradations.no_onset_reason is
'Why there is no onset; null = there is one.';
comment on column oplatency.v_degradations.finding_id is
'Identifier of the finding: the same after a re-run or a rebuild, and in v_anomalies.';
