-- What the jobs found, and the verdict of every rule, for silence too. Each job replaces the rows of its window.
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

create table oplatency.anomalies (
    operation_id integer not null
        constraint anomalies_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint anomalies_branch_id_fk references oplatency.branches,
    call_branch_id integer
        constraint anomalies_call_branch_id_fk references oplatency.branches,
    kind text not null,
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
    baseline_level text
        constraint anomalies_baseline_level_ck check (baseline_level in ('branch', 'operation', 'like_operations')),
    constraint anomalies_pk primary key (operation_id, branch_id, kind, window_start, observed_at, identity_hash),
    constraint anomalies_window_ck check (window_start < window_end),
    constraint anomalies_z_ck check (abs(z) < 'Infinity' and abs(classical_z) < 'Infinity')
);
comment on table oplatency.anomalies is 'One row per call, or window of calls, that a statistical rule calls abnormal.';
comment on column oplatency.anomalies.operation_id is 'Operation it is about.';
comment on column oplatency.anomalies.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.anomalies.call_branch_id is
'Branch of the call; -1 = unknown; null = an hour of many calls.';
comment on column oplatency.anomalies.kind is 'Rule that found it.';
comment on column oplatency.anomalies.window_start is
'First instant of the judged window, inclusive; for points the hour.';
comment on column oplatency.anomalies.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.anomalies.observed_at is 'Start of the call; for windows their start.';
comment on column oplatency.anomalies.identity_hash is
'Identity of the call within its operation and start; 0 for windows.';
comment on column oplatency.anomalies.duration_us is
'Duration of the call, microseconds; for a silence the mean time without a call, which lasted on when the hour ended.';
comment on column oplatency.anomalies.expected_us is
'What the baseline expects there, microseconds; for a silence the usual time from call to call.';
comment on column oplatency.anomalies.z is 'Robust standard score, positive = slow.';
comment on column oplatency.anomalies.classical_z is
'(duration - mean) / standard deviation of the baseline, for comparison.';
comment on column oplatency.anomalies.effect is 'duration / expected - 1.';
comment on column oplatency.anomalies.effect_low is 'Lower end of the 95 % interval of the effect; null = single call.';
comment on column oplatency.anomalies.effect_high is
'Upper end of the 95 % interval of the effect; null = single call.';
comment on column oplatency.anomalies.severity is 'INFO (speed-up), WARNING or CRITICAL.';
comment on column oplatency.anomalies.is_alerting is 'Whether the evidence is strong enough to alert.';
comment on column oplatency.anomalies.baseline_id is 'Baseline it was judged against.';
comment on column oplatency.anomalies.baseline_level is
'What the baseline was made from: the branch, the operation, or mostly like_operations (the scales of few calls); null = not known.';

create table oplatency.degradations (
    operation_id integer not null
        constraint degradations_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint degradations_branch_id_fk references oplatency.branches,
    kind text not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    lookback_days integer not null,
    n_before bigint not null,
    n_after bigint not null,
    before_us double precision not null,
    after_us double precision not null,
    z double precision not null,
    classical_z double precision
        constraint degradations_classical_z_ck check (abs(classical_z) < 'Infinity'),
    effect double precision not null,
    effect_low double precision,
    effect_high double precision,
    quantile_shifts double precision[]
        constraint degradations_quantile_shifts_ck check (cardinality(quantile_shifts) = 5),
    shape text not null,
    onset_at timestamptz,
    onset_low_at timestamptz,
    onset_high_at timestamptz,
    no_onset_reason text,
    severity text not null
        constraint degradations_severity_ck check (severity in ('NONE', 'INFO', 'WARNING', 'CRITICAL')),
    is_alerting boolean not null,
    constraint degradations_pk primary key (operation_id, branch_id, kind, window_end, window_start),
    constraint degradations_window_ck check (window_start < window_end),
    constraint degradations_effect_ck check (effect_low <= effect and effect <= effect_high),
    constraint degradations_onset_ck check (onset_low_at <= onset_at and onset_at <= onset_high_at)
);
comment on table oplatency.degradations is
'One row per operation whose newest days are slower or faster than the days before.';
comment on column oplatency.degradations.operation_id is 'Operation it is about.';
comment on column oplatency.degradations.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.degradations.kind is
'shift: the level of the newest days; tail: their share of slow calls; trend: a drift over the window, or against weeks ago.';
comment on column oplatency.degradations.window_start is 'First instant of the newest days, inclusive.';
comment on column oplatency.degradations.window_end is 'End of the newest days, exclusive; the day that closed.';
comment on column oplatency.degradations.lookback_days is 'Days looked at, the newest included.';
comment on column oplatency.degradations.n_before is 'Calls before window_start.';
comment on column oplatency.degradations.n_after is 'Calls in the window.';
comment on column oplatency.degradations.before_us is
'Before, microseconds: the median; for a tail the quantile that moved; for a trend the level its line begins at.';
comment on column oplatency.degradations.after_us is
'In the window, microseconds: the median; for a tail the quantile; for a trend the level its line ends at.';
comment on column oplatency.degradations.z is 'Standard score of the shift, day-to-day variation included.';
comment on column oplatency.degradations.classical_z is
'Difference of the raw means in standard errors, for comparison; null = a trend, which has none.';
comment on column oplatency.degradations.effect is
'Typical ratio of new to old calls - 1 (Hodges-Lehmann on ln duration).';
comment on column oplatency.degradations.effect_low is
'Lower end of its 95 % interval; null = too few calls to bear one.';
comment on column oplatency.degradations.effect_high is
'Upper end of its 95 % interval; null = too few calls to bear one.';
comment on column oplatency.degradations.quantile_shifts is
'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';
comment on column oplatency.degradations.shape is 'uniform, tail or spread: which quantiles moved.';
comment on column oplatency.degradations.onset_at is 'Most likely start of the change; null = it was not dated.';
comment on column oplatency.degradations.onset_low_at is 'Earliest start, 95 %; null = it was not dated.';
comment on column oplatency.degradations.onset_high_at is 'Latest start, 95 %; null = it was not dated.';
comment on column oplatency.degradations.no_onset_reason is
'Id of why the change has no onset, see no_onset_reasons; null = it has one.';
comment on column oplatency.degradations.severity is 'INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';
comment on column oplatency.degradations.is_alerting is 'Whether the evidence is strong enough to alert.';

create table oplatency.verdicts (
    operation_id integer not null
        constraint verdicts_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint verdicts_branch_id_fk references oplatency.branches,
    rule text not null
        constraint verdicts_rule_fk references oplatency.rules (rule),
    window_start timestamptz not null,
    window_end timestamptz not null,
    baseline_as_of timestamptz,
    baseline_id bigint,
    baseline_level text
        constraint verdicts_baseline_level_ck check (baseline_level in ('branch', 'operation', 'like_operations')),
    n_calls bigint not null
        constraint verdicts_n_calls_ck check (n_calls >= 0),
    n_findings bigint not null
        constraint verdicts_n_findings_ck check (n_findings >= 0),
    outcome text not null
        constraint verdicts_outcome_ck check (outcome in ('alert', 'finding', 'quiet', 'no_calls', 'not_judged')),
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb not null
        constraint verdicts_gates_ck check (jsonb_typeof(gates) = 'array'),
    constraint verdicts_pk primary key (operation_id, window_end, rule, window_start, branch_id),
    constraint verdicts_window_ck check (window_start < window_end)
);
create index verdicts_window_end_ix on oplatency.verdicts using brin (window_end);
comment on table oplatency.verdicts is
'One row per operation, branch, judged window and rule, whether it found something or not.';
comment on column oplatency.verdicts.operation_id is 'Operation it is about.';
comment on column oplatency.verdicts.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.verdicts.rule is
'Rule that decided: of a call or hour it judges the hour, of a day the days that end with window_end.';
comment on column oplatency.verdicts.window_start is 'First instant of the judged window, inclusive.';
comment on column oplatency.verdicts.window_end is 'End of the judged window, exclusive.';
comment on column oplatency.verdicts.baseline_as_of is 'As-of of the baseline it was judged against; null = none.';
comment on column oplatency.verdicts.baseline_id is
'Baseline that judged what decided; null = none.';
comment on column oplatency.verdicts.baseline_level is
'What that baseline was made from: branch, operation or, mostly, like_operations; null = no baseline.';
comment on column oplatency.verdicts.n_calls is 'Calls of the window.';
comment on column oplatency.verdicts.n_findings is 'Findings that the rule made of it.';
comment on column oplatency.verdicts.outcome is
'alert, finding (recorded without an alert), quiet, no_calls, or not_judged (nothing to judge against).';
comment on column oplatency.verdicts.observed is
'What decided: microseconds of the call that came closest, or the later level; for silence the calls; null = none.';
comment on column oplatency.verdicts.expected is
'What was expected there: microseconds, for silence calls; null = nothing was.';
comment on column oplatency.verdicts.needed is
'From where on it would have been a finding: microseconds, for silence calls; null = not known.';
comment on column oplatency.verdicts.gates is
'Gates in the order they are passed: [name, value, limit, passed]; value null = could not be computed.';
