-- What a person is told.
create table oplatency.alerts (
    alert_id bigint generated always as identity
        constraint alerts_pk primary key,
    dedupe_key text not null
        constraint alerts_dedupe_key_uq unique,
    alert_type text not null
        constraint alerts_type_ck check (alert_type in ('VIOLATION', 'ANOMALY', 'DEGRADATION', 'CORRELATION')),
    operation_id integer not null
        constraint alerts_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint alerts_branch_id_fk references oplatency.branches,
    user_id integer not null
        constraint alerts_user_id_fk references oplatency.users,
    severity text not null
        constraint alerts_severity_ck check (severity in ('INFO', 'WARNING', 'CRITICAL')),
    actual_us double precision not null,
    baseline_p99_us double precision,
    evidence jsonb not null,
    observed_at timestamptz not null,
    raised_at timestamptz not null default clock_timestamp(),
    acknowledged_at timestamptz,
    acknowledged_by text,
    acknowledgement_note text,
    constraint alerts_acknowledged_ck check ((acknowledged_at is null) = (acknowledged_by is null))
);
comment on table oplatency.alerts is 'One row per violation or alerting finding that a person should see.';
comment on column oplatency.alerts.alert_id is 'Surrogate key.';
comment on column oplatency.alerts.dedupe_key is 'Names the finding; the same finding never alerts twice.';
comment on column oplatency.alerts.alert_type is 'Kind of finding.';
comment on column oplatency.alerts.operation_id is 'Operation it is about.';
comment on column oplatency.alerts.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.alerts.user_id is 'Who made the call; -1 = unknown or many.';
comment on column oplatency.alerts.severity is 'INFO, WARNING or CRITICAL.';
comment on column oplatency.alerts.actual_us is 'What was measured, microseconds.';
comment on column oplatency.alerts.baseline_p99_us is 'p99 of the baseline in force, microseconds; null = none.';
comment on column oplatency.alerts.evidence is 'The finding''s values, for whoever asks why.';
comment on column oplatency.alerts.observed_at is 'When what it tells of happened.';
comment on column oplatency.alerts.raised_at is 'When the row was written.';
comment on column oplatency.alerts.acknowledged_at is 'When a person took it; null = nobody has.';
comment on column oplatency.alerts.acknowledged_by is 'Who took it; null = nobody has.';
comment on column oplatency.alerts.acknowledgement_note is 'What that person wrote; null = nothing.';
create index alerts_observed_at_ix on oplatency.alerts (observed_at);

create table oplatency.bootstrap_loads (
    as_of timestamptz not null
        constraint bootstrap_loads_as_of_ck check (as_of = date_trunc('day', as_of, 'UTC')),
    is_only boolean not null default true
        constraint bootstrap_loads_pk primary key
        constraint bootstrap_loads_is_only_ck check (is_only),
    loaded_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.bootstrap_loads is 'At most one row: the instant the bootstrap data was loaded relative to.';
comment on column oplatency.bootstrap_loads.as_of is 'End of the bootstrap data''s seven days; a UTC day boundary.';
comment on column oplatency.bootstrap_loads.is_only is 'Keeps the table at one row.';
comment on column oplatency.bootstrap_loads.loaded_at is 'When it was loaded.';
