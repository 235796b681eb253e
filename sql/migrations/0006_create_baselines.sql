-- Baselines as immutable versions, what they were made from, and the limit that recording compares with.
create table oplatency.baselines (
    baseline_id bigint generated always as identity
        constraint baselines_pk primary key,
    operation_id integer not null
        constraint baselines_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint baselines_branch_id_fk references oplatency.branches,
    as_of timestamptz not null,
    config_hash text not null
        constraint baselines_config_hash_fk references oplatency.configurations,
    revision integer not null
        constraint baselines_revision_ck check (revision >= 1),
    lookback_days integer not null
        constraint baselines_lookback_ck check (lookback_days >= 1),
    n_calls bigint not null
        constraint baselines_n_calls_ck check (n_calls >= 2),
    hours_covered integer not null
        constraint baselines_hours_covered_ck check (hours_covered >= 1),
    days_covered double precision
        constraint baselines_days_covered_ck check (days_covered >= 0 and days_covered <= lookback_days),
    excluded jsonb not null default '[]',
    excluded_hours double precision not null default 0
        constraint baselines_excluded_hours_ck check (excluded_hours >= 0 and excluded_hours <= 24 * lookback_days),
    is_new_normal boolean not null default false,
    min_us bigint not null,
    p50_us double precision not null,
    p50_low_us double precision,
    p50_high_us double precision,
    p50_is_estimable boolean generated always as (n_calls >= 5) stored,
    p75_us double precision not null,
    p75_low_us double precision,
    p75_high_us double precision,
    p75_is_estimable boolean generated always as (n_calls >= 11) stored,
    p90_us double precision not null,
    p90_low_us double precision,
    p90_high_us double precision,
    p90_is_estimable boolean generated always as (n_calls >= 29) stored,
    p95_us double precision not null,
    p95_low_us double precision,
    p95_high_us double precision,
    p95_is_estimable boolean generated always as (n_calls >= 59) stored,
    p99_us double precision not null,
    p99_low_us double precision,
    p99_high_us double precision,
    p99_is_estimable boolean not null,
    max_us bigint not null,
    mean_us double precision not null,
    sd_us double precision not null,
    alert_threshold double precision not null,
    constraint baselines_key_uq unique (operation_id, branch_id, as_of, config_hash, revision),
    constraint baselines_order_ck
    check (min_us <= p50_us and p50_us <= p75_us and p75_us <= p90_us and p90_us <= p95_us and p95_us <= p99_us and p99_us <= max_us),
    constraint baselines_finite_ck
    check (min_us >= 1 and mean_us < 'Infinity' and sd_us >= 0 and sd_us < 'Infinity' and p99_us < 'Infinity'),
    constraint baselines_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC'))
);
comment on table oplatency.baselines is
'One row per version of an operation''s baseline; immutable, a change is a new revision.';
comment on column oplatency.baselines.baseline_id is 'Surrogate key.';
comment on column oplatency.baselines.operation_id is 'Operation it is about.';
comment on column oplatency.baselines.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.baselines.as_of is 'End of the look-back window, exclusive; a UTC day boundary.';
comment on column oplatency.baselines.config_hash is 'Settings it was computed with.';
comment on column oplatency.baselines.revision is 'Counts contents of the same key, from 1; late data makes a new one.';
comment on column oplatency.baselines.lookback_days is 'Length of the window in whole UTC days.';
comment on column oplatency.baselines.n_calls is 'Calls in the window, those with an error left out.';
comment on column oplatency.baselines.hours_covered is 'UTC hours of the window that hold at least one call.';
comment on column oplatency.baselines.days_covered is
'Days of the window with calls, the first from its first call on; null = not measured.';
comment on column oplatency.baselines.excluded is
'Intervals excluded: from, to, origin (alert, person, incident), reason.';
comment on column oplatency.baselines.excluded_hours is 'Length of the intervals excluded, hours.';
comment on column oplatency.baselines.is_new_normal is
'Whether more than the limit would have been left out, and so nothing was.';
comment on column oplatency.baselines.min_us is 'Fastest call, microseconds.';
comment on column oplatency.baselines.p50_us is
'Median, microseconds; exact, linear interpolation (type 7), as all percentiles here.';
comment on column oplatency.baselines.p50_low_us is
'Lower end of the 95 % interval of p50, microseconds; null = too few calls.';
comment on column oplatency.baselines.p50_high_us is
'Upper end of the 95 % interval of p50, microseconds; null = too few calls.';
comment on column oplatency.baselines.p50_is_estimable is 'Whether n allows a 95 % upper bound for p50 (n at least 5).';
comment on column oplatency.baselines.p75_us is '75th percentile, microseconds.';
comment on column oplatency.baselines.p75_low_us is
'Lower end of the 95 % interval of p75, microseconds; null = too few calls.';
comment on column oplatency.baselines.p75_high_us is
'Upper end of the 95 % interval of p75, microseconds; null = too few calls.';
comment on column oplatency.baselines.p75_is_estimable is
'Whether n allows a 95 % upper bound for p75 (n at least 11).';
comment on column oplatency.baselines.p90_us is '90th percentile, microseconds.';
comment on column oplatency.baselines.p90_low_us is
'Lower end of the 95 % interval of p90, microseconds; null = too few calls.';
comment on column oplatency.baselines.p90_high_us is
'Upper end of the 95 % interval of p90, microseconds; null = too few calls.';
comment on column oplatency.baselines.p90_is_estimable is
'Whether n allows a 95 % upper bound for p90 (n at least 29).';
comment on column oplatency.baselines.p95_us is '95th percentile, microseconds.';
comment on column oplatency.baselines.p95_low_us is
'Lower end of the 95 % interval of p95, microseconds; null = too few calls.';
comment on column oplatency.baselines.p95_high_us is
'Upper end of the 95 % interval of p95, microseconds; null = too few calls.';
comment on column oplatency.baselines.p95_is_estimable is
'Whether n allows a 95 % upper bound for p95 (n at least 59).';
comment on column oplatency.baselines.p99_us is '99th percentile, microseconds.';
comment on column oplatency.baselines.p99_low_us is
'Lower end of the 95 % interval of p99, microseconds; null = too few calls.';
comment on column oplatency.baselines.p99_high_us is
'Upper end of the 95 % interval of p99, microseconds; null = too few calls.';
comment on column oplatency.baselines.p99_is_estimable is
'Whether n allows a 95 % upper bound for p99 (n at least 299).';
comment on column oplatency.baselines.max_us is 'Slowest call, microseconds.';
comment on column oplatency.baselines.mean_us is 'Arithmetic mean, microseconds.';
comment on column oplatency.baselines.sd_us is 'Sample standard deviation (n - 1), microseconds.';
comment on column oplatency.baselines.alert_threshold is 'A call slower than p99 times this is a violation.';

create table oplatency.baseline_profiles (
    baseline_id bigint not null
        constraint baseline_profiles_pk primary key
        constraint baseline_profiles_baseline_id_fk references oplatency.baselines,
    n_days integer not null,
    is_seasonal boolean not null,
    hour_offsets double precision[] not null
        constraint baseline_profiles_hour_offsets_ck check (cardinality(hour_offsets) = 24),
    location double precision not null,
    scale_up double precision not null
        constraint baseline_profiles_scale_up_ck check (scale_up > 0 and scale_up < 'Infinity'),
    scale_down double precision not null
        constraint baseline_profiles_scale_down_ck check (scale_down > 0 and scale_down < 'Infinity'),
    recurring_z double precision[]
        constraint baseline_profiles_recurring_z_ck check (cardinality(recurring_z) = 96)
);
comment on table oplatency.baseline_profiles is
'What a normal call looks like, per baseline version, in ln(microseconds).';
comment on column oplatency.baseline_profiles.baseline_id is 'Baseline it belongs to.';
comment on column oplatency.baseline_profiles.n_days is 'Days with enough calls for a daily median.';
comment on column oplatency.baseline_profiles.is_seasonal is 'Whether hours differ: true from 48 calls on.';
comment on column oplatency.baseline_profiles.hour_offsets is
'Usual level of each UTC hour of the day, ln(microseconds), 24 values.';
comment on column oplatency.baseline_profiles.location is
'Location of the residuals after the hour''s level is taken off, ln units.';
comment on column oplatency.baseline_profiles.scale_up is 'Scale of slow residuals, ln units.';
comment on column oplatency.baseline_profiles.scale_down is 'Scale of fast residuals, ln units.';
comment on column oplatency.baseline_profiles.recurring_z is
'From which z on a slow call may alert, per quarter of an hour of the UTC day, 96 values; null = not learnt: points.warning_z.';

create table oplatency.excluded_intervals (
    interval_id bigint generated always as identity
        constraint excluded_intervals_pk primary key,
    operation_id integer not null
        constraint excluded_intervals_operation_id_fk references oplatency.operation_types,
    branch_id integer not null default 0
        constraint excluded_intervals_branch_id_fk references oplatency.branches,
    from_at timestamptz not null,
    to_at timestamptz not null,
    is_included boolean not null default false,
    origin text not null
        constraint excluded_intervals_origin_ck check (origin in ('person', 'incident')),
    reason text not null
        constraint excluded_intervals_reason_ck check (btrim(reason) <> ''),
    known_at timestamptz not null,
    noted_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    removed_at timestamptz,
    removed_by text,
    constraint excluded_intervals_interval_ck check (from_at < to_at),
    constraint excluded_intervals_removed_ck check ((removed_at is null) = (removed_by is null))
);
create index excluded_intervals_operation_ix on oplatency.excluded_intervals (operation_id, to_at);
comment on table oplatency.excluded_intervals is
'One row per interval that people or incidents exclude from baselines, or keep in against the alert rule.';
comment on column oplatency.excluded_intervals.interval_id is 'Surrogate key.';
comment on column oplatency.excluded_intervals.operation_id is 'Operation whose calls are excluded.';
comment on column oplatency.excluded_intervals.branch_id is 'Branch whose calls are left out; 0 = all branches.';
comment on column oplatency.excluded_intervals.from_at is 'First instant, inclusive.';
comment on column oplatency.excluded_intervals.to_at is 'End, exclusive.';
comment on column oplatency.excluded_intervals.is_included is
'True = the opposite: what the alert rule finds in it stays in the baselines.';
comment on column oplatency.excluded_intervals.origin is 'Who says so: person or incident.';
comment on column oplatency.excluded_intervals.reason is 'Why, in words.';
comment on column oplatency.excluded_intervals.known_at is
'Baselines as of this instant or later take it into account.';
comment on column oplatency.excluded_intervals.noted_by is 'Who noted it.';
comment on column oplatency.excluded_intervals.created_at is 'When it was noted.';
comment on column oplatency.excluded_intervals.removed_at is 'When it was taken back; null = it holds.';
comment on column oplatency.excluded_intervals.removed_by is 'Who took it back; null = it holds.';

-- The limit of each operation, kept beside the baselines: the measured application waits for this look-up at each call.
create table oplatency.recording_limits (
    operation_id integer not null
        constraint recording_limits_pk primary key,
    as_of timestamptz not null,
    baseline_id bigint not null,
    limit_us double precision not null
);
comment on table oplatency.recording_limits is
'One row per operation with a baseline over all branches: the newest version''s limit. Written when baselines are published.';
comment on column oplatency.recording_limits.operation_id is 'Operation it is about.';
comment on column oplatency.recording_limits.as_of is
'As-of of the baseline; for calls that started before it another version holds.';
comment on column oplatency.recording_limits.baseline_id is 'The newest baseline version.';
comment on column oplatency.recording_limits.limit_us is
'Its p99 times its threshold, microseconds: a slower call is a violation.';
