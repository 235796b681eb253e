-- Who did what: configurations, job runs, audits, ingested batches.
create table oplatency.configurations (
    config_hash text not null
        constraint configurations_pk primary key,
    config_no integer generated always as identity
        constraint configurations_config_no_uq unique,
    content jsonb not null,
    first_used_at timestamptz not null default clock_timestamp()
);
comment on table oplatency.configurations is 'One row per set of analysis settings that ever produced a result.';
comment on column oplatency.configurations.config_hash is 'First 16 hexadecimal digits of the SHA-256 of the canonical settings.';
comment on column oplatency.configurations.config_no is 'Order in which configurations were first used.';
comment on column oplatency.configurations.content is 'The settings: section, name, value.';
comment on column oplatency.configurations.first_used_at is 'When a job first used it.';

create table oplatency.job_runs (
    run_token uuid not null
        constraint job_runs_pk primary key,
    job text not null,
    window_start timestamptz not null,
    window_end timestamptz not null,
    scope text not null default '',
    config_hash text not null
        constraint job_runs_config_hash_fk references oplatency.configurations,
    status text not null
        constraint job_runs_status_ck check (status in ('staged', 'audited', 'failed', 'published', 'superseded')),
    staged_digest text not null,
    result jsonb not null default '{}',
    staged_at timestamptz not null default clock_timestamp(),
    audited_at timestamptz,
    published_at timestamptz,
    constraint job_runs_window_ck check (window_start < window_end)
);
create index job_runs_window_ix on oplatency.job_runs (job, window_start, window_end, scope);
comment on table oplatency.job_runs is 'One row per attempt of a job over a window, from stage to publish.';
comment on column oplatency.job_runs.run_token is 'Fencing token: names the staged rows; only the newest of a window may publish.';
comment on column oplatency.job_runs.job is 'Name of the job, which is also its DAG.';
comment on column oplatency.job_runs.window_start is 'First instant of the window, inclusive.';
comment on column oplatency.job_runs.window_end is 'End of the window, exclusive.';
comment on column oplatency.job_runs.scope is 'The one operation the run was limited to; empty = all.';
comment on column oplatency.job_runs.config_hash is 'Settings the run used.';
comment on column oplatency.job_runs.status is 'staged, audited, failed (audit refused), published, or superseded by a newer attempt.';
comment on column oplatency.job_runs.staged_digest is 'MD5 over the staged rows; publishing checks that they are still these.';
comment on column oplatency.job_runs.result is 'Counts the run reports.';
comment on column oplatency.job_runs.staged_at is 'When the staged rows were committed.';
comment on column oplatency.job_runs.audited_at is 'When the audit ended; null before.';
comment on column oplatency.job_runs.published_at is 'When the rows were published; null before.';

create table oplatency.audit_results (
    audit_id bigint generated always as identity
        constraint audit_results_pk primary key,
    run_token uuid,
    suite text not null,
    expectation text not null,
    subject text not null,
    passed boolean not null,
    n_rows bigint not null,
    n_unexpected bigint not null,
    detail text not null default '',
    checked_at timestamptz not null default clock_timestamp()
);
create index audit_results_run_token_ix on oplatency.audit_results (run_token);
comment on table oplatency.audit_results is 'One row per expectation of a suite and time it was checked.';
comment on column oplatency.audit_results.audit_id is 'Surrogate key.';
comment on column oplatency.audit_results.run_token is 'Run or batch whose staged rows were checked; null = what is published was checked.';
comment on column oplatency.audit_results.suite is 'Name of the suite.';
comment on column oplatency.audit_results.expectation is 'What was expected, in words.';
comment on column oplatency.audit_results.subject is 'Table or columns it was expected of.';
comment on column oplatency.audit_results.passed is 'Whether it held; an expectation that raised counts as not held.';
comment on column oplatency.audit_results.n_rows is 'Rows looked at.';
comment on column oplatency.audit_results.n_unexpected is 'Rows that did not hold.';
comment on column oplatency.audit_results.detail is 'Examples or the error, shortened; empty when it held.';
comment on column oplatency.audit_results.checked_at is 'When it was checked.';

create table oplatency.ingest_batches (
    batch_id bigint generated always as identity
        constraint ingest_batches_pk primary key,
    run_token uuid not null
        constraint ingest_batches_run_token_uq unique,
    source text not null,
    format text not null,
    path text not null,
    content_hash bytea not null,
    assume_tz text,
    resolution_us bigint not null default 1,
    status text not null
        constraint ingest_batches_status_ck check (status in ('staged', 'audited', 'failed', 'published', 'superseded')),
    rows_in bigint not null default 0,
    accepted bigint not null default 0,
    duplicate bigint not null default 0,
    quarantined bigint not null default 0,
    reasons jsonb not null default '{}',
    bytes bigint not null default 0,
    seconds double precision not null default 0,
    received_at timestamptz not null,
    opened_at timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    constraint ingest_batches_balance_ck
    check (status not in ('published', 'failed') or rows_in = accepted + duplicate + quarantined)
);
create index ingest_batches_content_ix on oplatency.ingest_batches (source, content_hash);
comment on table oplatency.ingest_batches is 'One row per file or poll that was brought in; its counts balance.';
comment on column oplatency.ingest_batches.batch_id is 'Surrogate key.';
comment on column oplatency.ingest_batches.run_token is 'Fencing token: names the attempt whose staged rows may be published.';
comment on column oplatency.ingest_batches.source is 'Name of the source.';
comment on column oplatency.ingest_batches.format is 'How the bytes were read: csv or pgbench; builtin for committed data.';
comment on column oplatency.ingest_batches.path is 'Where the bytes came from.';
comment on column oplatency.ingest_batches.content_hash is 'SHA-256 of the bytes.';
comment on column oplatency.ingest_batches.assume_tz is 'IANA zone assumed for times without an offset; null = none was.';
comment on column oplatency.ingest_batches.resolution_us is 'Microseconds by which claimed durations, ends and periods may differ from the facts.';
comment on column oplatency.ingest_batches.status is 'staged, audited, failed, published, or superseded by a newer attempt.';
comment on column oplatency.ingest_batches.rows_in is 'Rows in the input, headers not counted.';
comment on column oplatency.ingest_batches.accepted is 'Rows that became facts.';
comment on column oplatency.ingest_batches.duplicate is 'Rows that were facts already.';
comment on column oplatency.ingest_batches.quarantined is 'Rows put aside with a reason.';
comment on column oplatency.ingest_batches.reasons is 'Quarantined rows by reason code.';
comment on column oplatency.ingest_batches.bytes is 'Size of the input in bytes.';
comment on column oplatency.ingest_batches.seconds is 'Time from first byte to publish, in seconds.';
comment on column oplatency.ingest_batches.received_at is 'When the input arrived; decides what is in the future and what beyond the horizon.';
comment on column oplatency.ingest_batches.opened_at is 'When its reading began.';
comment on column oplatency.ingest_batches.published_at is 'When its rows became facts; null before.';
