-- Baselines as immutable versions, and the candidates that wait for their audit.
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
    min_us bigint not null,
    p50_us double precision not null,
    p75_us double precision not null,
    p90_us double precision not null,
    p95_us double precision not null,
    p99_us double precision not null,
    max_us bigint not null,
    mean_us double precision not null,
    sd_us double precision not null,
    p99_is_estimable boolean not null,
    alert_threshold double precision not null,
    constraint baselines_key_uq unique (operation_id, branch_id, as_of, config_hash, revision),
    constraint baselines_order_ck
    check (min_us <= p50_us and p50_us <= p75_us and p75_us <= p90_us and p90_us <= p95_us and p95_us <= p99_us and p99_us <= max_us),
    constraint baselines_finite_ck
    check (min_us >= 1 and mean_us < 'Infinity' and sd_us >= 0 and sd_us < 'Infinity' and p99_us < 'Infinity'),
    constraint baselines_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC'))
);
comment on table oplatency.baselines is 'One row per version of an operation''s baseline; immutable, a change is a new revision.';
comment on column oplatency.baselines.baseline_id is 'Surrogate key.';
comment on column oplatency.baselines.operation_id is 'Operation it is about.';
comment on column oplatency.baselines.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.baselines.as_of is 'End of the look-back window, exclusive; a UTC day boundary.';
comment on column oplatency.baselines.config_hash is 'Settings it was computed with.';
comment on column oplatency.baselines.revision is 'Counts contents of the same key, from 1; late data makes a new one.';
comment on column oplatency.baselines.lookback_days is 'Length of the window in whole UTC days.';
comment on column oplatency.baselines.n_calls is 'Calls in the window, those with an error left out.';
comment on column oplatency.baselines.hours_covered is 'UTC hours of the window that hold at least one call.';
comment on column oplatency.baselines.min_us is 'Fastest call, microseconds.';
comment on column oplatency.baselines.p50_us is 'Median, microseconds; exact, linear interpolation (type 7), as all percentiles here.';
comment on column oplatency.baselines.p75_us is '75th percentile, microseconds.';
comment on column oplatency.baselines.p90_us is '90th percentile, microseconds.';
comment on column oplatency.baselines.p95_us is '95th percentile, microseconds.';
comment on column oplatency.baselines.p99_us is '99th percentile, microseconds.';
comment on column oplatency.baselines.max_us is 'Slowest call, microseconds.';
comment on column oplatency.baselines.mean_us is 'Arithmetic mean, microseconds.';
comment on column oplatency.baselines.sd_us is 'Sample standard deviation (n - 1), microseconds.';
comment on column oplatency.baselines.p99_is_estimable is 'Whether n allows a 95 % upper bound for p99 (n at least 299).';
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
        constraint baseline_profiles_scale_down_ck check (scale_down > 0 and scale_down < 'Infinity')
);
comment on table oplatency.baseline_profiles is 'What a normal call looks like, per baseline version, in ln(microseconds).';
comment on column oplatency.baseline_profiles.baseline_id is 'Baseline it belongs to.';
comment on column oplatency.baseline_profiles.n_days is 'Days with enough calls for a daily median.';
comment on column oplatency.baseline_profiles.is_seasonal is 'Whether hours differ: true from 48 calls on.';
comment on column oplatency.baseline_profiles.hour_offsets is 'Usual level of each UTC hour of the day, ln(microseconds), 24 values.';
comment on column oplatency.baseline_profiles.location is 'Location of the residuals after the hour''s level is taken off, ln units.';
comment on column oplatency.baseline_profiles.scale_up is 'Scale of slow residuals, ln units.';
comment on column oplatency.baseline_profiles.scale_down is 'Scale of fast residuals, ln units.';

create table oplatency.staged_baselines as
select
    null::uuid as run_token,
    baselines.*,
    profiles.n_days,
    profiles.is_seasonal,
    profiles.hour_offsets,
    profiles.location,
    profiles.scale_up,
    profiles.scale_down
from oplatency.baselines as baselines
inner join oplatency.baseline_profiles as profiles on baselines.baseline_id = profiles.baseline_id
with no data;
create index staged_baselines_run_token_ix on oplatency.staged_baselines (run_token);
comment on table oplatency.staged_baselines is 'Candidate baselines with their profiles that wait for the audit; no constraints, the audit judges them.';
comment on column oplatency.staged_baselines.run_token is 'Run that staged the row.';
