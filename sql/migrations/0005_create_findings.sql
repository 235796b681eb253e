-- What the jobs found. Each job replaces the rows of its window.
create table oplatency.violations (
    operation_id integer not null
        constraint violations_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint violations_branch_id_fk references oplatency.branches,
    observed_at timestamptz not null,
    identity_hash bigint not null,
    duration_us bigint not null,
    baseline_id bigint not null
        constraint violations_baseline_id_fk references oplatency.baselines,
    limit_us double precision not null,
    severity text not null
        constraint violations_severity_ck check (severity in ('NONE', 'INFO', 'WARNING', 'CRITICAL')),
    constraint violations_pk primary key (operation_id, observed_at, identity_hash)
);
comment on table oplatency.violations is 'One row per call slower than its operation''s limit.';
comment on column oplatency.violations.operation_id is 'Operation it is about.';
comment on column oplatency.violations.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.violations.observed_at is 'Start of the call.';
comment on column oplatency.violations.identity_hash is 'Identity of the call within its operation and start.';
comment on column oplatency.violations.duration_us is 'Duration of the call, microseconds.';
comment on column oplatency.violations.baseline_id is 'Baseline it was judged against.';
comment on column oplatency.violations.limit_us is 'The limit it broke: baseline p99 times threshold, microseconds.';
comment on column oplatency.violations.severity is 'WARNING, or CRITICAL above the critical multiple of p99.';
create table oplatency.staged_violations as
select null::uuid as run_token, source.*
from oplatency.violations as source
with no data;
create index staged_violations_run_token_ix on oplatency.staged_violations (run_token);
comment on table oplatency.staged_violations is 'Rows of violations that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_violations.run_token is 'Run that staged the row.';

create table oplatency.anomalies (
    operation_id integer not null
        constraint anomalies_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint anomalies_branch_id_fk references oplatency.branches,
    kind text not null
        constraint anomalies_kind_ck check (kind in ('point', 'shift', 'tail', 'trend', 'silence')),
    window_start timestamptz not null,
    window_end timestamptz not null,
    observed_at timestamptz not null,
    identity_hash bigint not null,
    duration_us double precision not null,
    expected_us double precision not null,
    z double precision not null,
    classical_z double precision not null,
    effect double precision not null,
    effect_low double precision,
    effect_high double precision,
    severity text not null
        constraint anomalies_severity_ck check (severity in ('NONE', 'INFO', 'WARNING', 'CRITICAL')),
    is_alerting boolean not null,
    baseline_id bigint not null
        constraint anomalies_baseline_id_fk references oplatency.baselines,
    constraint anomalies_pk primary key (operation_id, branch_id, kind, window_start, observed_at, identity_hash),
    constraint anomalies_window_ck check (window_start < window_end),
    constraint anomalies_z_ck check (abs(z) < 'Infinity' and abs(classical_z) < 'Infinity')
);
comment on table oplatency.anomalies is 'One row per call, or window of calls, that a statistical rule calls abnormal.';
comment on column oplatency.anomalies.operation_id is 'Operation it is about.';
comment on column oplatency.anomalies.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.anomalies.kind is 'Rule that found it.';
comment on column oplatency.anomalies.window_start is 'First instant of the judged window, inclusive; for points the hour.';
comment on column oplatency.anomalies.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.anomalies.observed_at is 'Start of the call; for windows their start.';
comment on column oplatency.anomalies.identity_hash is 'Identity of the call within its operation and start; 0 for windows.';
comment on column oplatency.anomalies.duration_us is 'Duration of the call, or median of the window, microseconds.';
comment on column oplatency.anomalies.expected_us is 'What the baseline expects there, microseconds.';
comment on column oplatency.anomalies.z is 'Robust standard score, positive = slow.';
comment on column oplatency.anomalies.classical_z is '(duration - mean) / standard deviation of the baseline, for comparison.';
comment on column oplatency.anomalies.effect is 'duration / expected - 1.';
comment on column oplatency.anomalies.effect_low is 'Lower end of the 95 % interval of the effect; null = single call.';
comment on column oplatency.anomalies.effect_high is 'Upper end of the 95 % interval of the effect; null = single call.';
comment on column oplatency.anomalies.severity is 'INFO (speed-up), WARNING or CRITICAL.';
comment on column oplatency.anomalies.is_alerting is 'Whether the evidence is enough to tell a person.';
comment on column oplatency.anomalies.baseline_id is 'Baseline it was judged against.';
create table oplatency.staged_anomalies as
select null::uuid as run_token, source.*
from oplatency.anomalies as source
with no data;
create index staged_anomalies_run_token_ix on oplatency.staged_anomalies (run_token);
comment on table oplatency.staged_anomalies is 'Rows of anomalies that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_anomalies.run_token is 'Run that staged the row.';

create table oplatency.degradations (
    operation_id integer not null
        constraint degradations_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint degradations_branch_id_fk references oplatency.branches,
    window_start timestamptz not null,
    window_end timestamptz not null,
    lookback_days integer not null,
    n_before bigint not null,
    n_after bigint not null,
    before_us double precision not null,
    after_us double precision not null,
    z double precision not null,
    effect double precision not null,
    effect_low double precision,
    effect_high double precision,
    shape text not null,
    severity text not null
        constraint degradations_severity_ck check (severity in ('NONE', 'INFO', 'WARNING', 'CRITICAL')),
    is_alerting boolean not null,
    constraint degradations_pk primary key (operation_id, branch_id, window_end, window_start),
    constraint degradations_window_ck check (window_start < window_end),
    constraint degradations_effect_ck check (effect_low <= effect and effect <= effect_high)
);
comment on table oplatency.degradations is 'One row per operation whose newest days are slower or faster than the days before.';
comment on column oplatency.degradations.operation_id is 'Operation it is about.';
comment on column oplatency.degradations.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.degradations.window_start is 'First instant of the newest days, inclusive.';
comment on column oplatency.degradations.window_end is 'End of the newest days, exclusive; the day that closed.';
comment on column oplatency.degradations.lookback_days is 'Days looked at, the newest included.';
comment on column oplatency.degradations.n_before is 'Calls before window_start.';
comment on column oplatency.degradations.n_after is 'Calls in the window.';
comment on column oplatency.degradations.before_us is 'Median before, microseconds.';
comment on column oplatency.degradations.after_us is 'Median in the window, microseconds.';
comment on column oplatency.degradations.z is 'Standard score of the shift, day-to-day wobble included.';
comment on column oplatency.degradations.effect is 'Typical ratio of new to old calls - 1 (Hodges-Lehmann on ln duration).';
comment on column oplatency.degradations.effect_low is 'Lower end of its 95 % interval; null = too few calls to bear one.';
comment on column oplatency.degradations.effect_high is 'Upper end of its 95 % interval; null = too few calls to bear one.';
comment on column oplatency.degradations.shape is 'uniform, tail or spread: which quantiles moved.';
comment on column oplatency.degradations.severity is 'INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';
comment on column oplatency.degradations.is_alerting is 'Whether the evidence is enough to tell a person.';
create table oplatency.staged_degradations as
select null::uuid as run_token, source.*
from oplatency.degradations as source
with no data;
create index staged_degradations_run_token_ix on oplatency.staged_degradations (run_token);
comment on table oplatency.staged_degradations is 'Rows of degradations that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_degradations.run_token is 'Run that staged the row.';

create table oplatency.correlations (
    as_of timestamptz not null,
    operation_a_id integer not null
        constraint correlations_operation_a_id_fk references oplatency.operation_types,
    operation_b_id integer not null
        constraint correlations_operation_b_id_fk references oplatency.operation_types,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer not null,
    effective_n double precision not null,
    p double precision not null
        constraint correlations_p_ck check (p between 0 and 1),
    q double precision not null
        constraint correlations_q_ck check (q between 0 and 1),
    lag_bins integer not null,
    strength text not null
        constraint correlations_strength_ck check (strength in ('moderate', 'strong', 'critical', 'co-exceedance')),
    group_no integer not null,
    bottleneck text not null,
    constraint correlations_pk primary key (as_of, operation_a_id, operation_b_id),
    constraint correlations_pair_ck check (operation_a_id <> operation_b_id)
);
comment on table oplatency.correlations is 'One row per pair of operations that slow together within a window.';
comment on column oplatency.correlations.as_of is 'End of the window, exclusive; a whole UTC hour.';
comment on column oplatency.correlations.operation_a_id is 'First operation of the pair, by name.';
comment on column oplatency.correlations.operation_b_id is 'Second operation of the pair, by name.';
comment on column oplatency.correlations.raw_pearson is 'Pearson over one-minute means of durations; null where it is not defined.';
comment on column oplatency.correlations.raw_spearman is 'Spearman over the same; null where it is not defined.';
comment on column oplatency.correlations.corrected is 'Pearson over residuals, what all operations share taken off; null where too few bins are common.';
comment on column oplatency.correlations.joint_bins is 'Bins in which both were slow.';
comment on column oplatency.correlations.effective_n is 'Independent bins, autocorrelation taken off.';
comment on column oplatency.correlations.p is 'One-sided probability under independence.';
comment on column oplatency.correlations.q is 'The same after Benjamini-Hochberg over all pairs.';
comment on column oplatency.correlations.lag_bins is 'Shift of b against a at which they match best, in bins.';
comment on column oplatency.correlations.strength is 'Class of the corrected coefficient.';
comment on column oplatency.correlations.group_no is 'Group of the pair within the window.';
comment on column oplatency.correlations.bottleneck is 'Likely shared cause.';
create table oplatency.staged_correlations as
select null::uuid as run_token, source.*
from oplatency.correlations as source
with no data;
create index staged_correlations_run_token_ix on oplatency.staged_correlations (run_token);
comment on table oplatency.staged_correlations is 'Rows of correlations that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_correlations.run_token is 'Run that staged the row.';

create table oplatency.correlation_groups (
    as_of timestamptz not null,
    group_no integer not null,
    members text[] not null,
    onset_at timestamptz,
    bottleneck text not null,
    recommendation text not null,
    is_alerting boolean not null,
    constraint correlation_groups_pk primary key (as_of, group_no),
    constraint correlation_groups_members_ck check (cardinality(members) >= 2)
);
comment on table oplatency.correlation_groups is 'One row per group of operations that slow together within a window.';
comment on column oplatency.correlation_groups.as_of is 'End of the window, exclusive.';
comment on column oplatency.correlation_groups.group_no is 'Number within the window, largest group first.';
comment on column oplatency.correlation_groups.members is 'Names of the operations, sorted.';
comment on column oplatency.correlation_groups.onset_at is 'First bin in which at least two members were slow; null = none was.';
comment on column oplatency.correlation_groups.bottleneck is 'Likely shared cause.';
comment on column oplatency.correlation_groups.recommendation is 'What to look at first, in plain words.';
comment on column oplatency.correlation_groups.is_alerting is 'Whether the evidence is enough to tell a person.';
create table oplatency.staged_correlation_groups as
select null::uuid as run_token, source.*
from oplatency.correlation_groups as source
with no data;
create index staged_correlation_groups_run_token_ix on oplatency.staged_correlation_groups (run_token);
comment on table oplatency.staged_correlation_groups is 'Rows of correlation_groups that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_correlation_groups.run_token is 'Run that staged the row.';
