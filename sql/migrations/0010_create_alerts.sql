-- Alerts, and what people know of the past, so that findings can be compared with it.
create table oplatency.alerts (
    alert_id bigint generated always as identity
        constraint alerts_pk primary key,
    dedupe_key text not null
        constraint alerts_dedupe_key_uq unique,
    alert_type text not null
        constraint alerts_type_ck
        check (alert_type in ('VIOLATION', 'ANOMALY', 'DEGRADATION', 'CORRELATION', 'SILENCE')),
    operation_id integer
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
    constraint alerts_operation_ck
    check (operation_id is not null or (alert_type = 'SILENCE' and (evidence ->> 'source') is not null)),
    constraint alerts_acknowledged_ck check ((acknowledged_at is null) = (acknowledged_by is null))
);
create index alerts_observed_at_ix on oplatency.alerts (observed_at);
comment on table oplatency.alerts is
'One row per violation or alerting finding, or per silence of a source, that people should see.';
comment on column oplatency.alerts.alert_id is 'Surrogate key.';
comment on column oplatency.alerts.dedupe_key is 'Names the finding; the same finding never alerts twice.';
comment on column oplatency.alerts.alert_type is 'Kind of finding.';
comment on column oplatency.alerts.operation_id is
'Operation it is about; null = a source fell silent, which the evidence names.';
comment on column oplatency.alerts.branch_id is 'Branch it is about; 0 = all branches.';
comment on column oplatency.alerts.user_id is 'Who made the call; -1 = unknown or many.';
comment on column oplatency.alerts.severity is 'INFO, WARNING or CRITICAL.';
comment on column oplatency.alerts.actual_us is
'What was measured, microseconds; of a SILENCE the time without a call or an arrival.';
comment on column oplatency.alerts.baseline_p99_us is 'p99 of the baseline in force, microseconds; null = none.';
comment on column oplatency.alerts.evidence is 'The finding''s values, for whoever asks why.';
comment on column oplatency.alerts.observed_at is 'When what it tells of happened.';
comment on column oplatency.alerts.raised_at is 'When the row was written.';
comment on column oplatency.alerts.acknowledged_at is 'When it was acknowledged; null = not yet.';
comment on column oplatency.alerts.acknowledged_by is 'Who took it; null = nobody has.';
comment on column oplatency.alerts.acknowledgement_note is 'What that person wrote; null = nothing.';

create table oplatency.marks (
    mark_id bigint generated always as identity
        constraint marks_pk primary key,
    title text not null
        constraint marks_title_ck check (btrim(title) <> ''),
    began_at timestamptz not null,
    ended_at timestamptz not null,
    operations text[] not null,
    note text not null,
    constraint marks_interval_ck check (began_at < ended_at),
    constraint marks_key_uq unique (title, began_at)
);
comment on table oplatency.marks is 'One row per incident, deployment or other event that a person has noted.';
comment on column oplatency.marks.mark_id is 'Surrogate key.';
comment on column oplatency.marks.title is 'What happened, in a few words.';
comment on column oplatency.marks.began_at is 'Begin, inclusive.';
comment on column oplatency.marks.ended_at is 'End, exclusive.';
comment on column oplatency.marks.operations is 'Names of the operations it is known to have touched; empty = not known.';
comment on column oplatency.marks.note is 'The cause, in words; may be empty.';
