-- How data comes in: batches, polls, staging, quarantine.
create table oplatency.ingest_batches (
    batch_id bigint generated always as identity
        constraint ingest_batches_pk primary key,
    run_token uuid not null
        constraint ingest_batches_run_token_uq unique,
    source text not null,
    format text not null,
    path text not null,
    content_hash bytea not null,
    idempotency_key text,
    retry_of bigint
        constraint ingest_batches_redrive_of_fk references oplatency.ingest_batches,
    -- what the source declared: a second try of rejected rows is judged as the first one was
    assume_tz text,
    resolution_us bigint not null default 1,
    new_operations text
        constraint ingest_batches_new_operations_ck check (new_operations in ('admit', 'hold')),
    detect_unit_slips boolean not null default true,
    status text not null
        constraint ingest_batches_status_ck
        check (status in ('staged', 'audited', 'failed', 'published', 'partial_source', 'superseded')),
    rows_in bigint not null default 0,
    accepted bigint not null default 0,
    duplicate bigint not null default 0,
    quarantined bigint not null default 0,
    reasons jsonb not null default '{}',
    newest_call_at timestamptz,
    bytes bigint not null default 0,
    seconds double precision not null default 0,
    received_at timestamptz not null,
    opened_at timestamptz not null default clock_timestamp(),
    published_at timestamptz,
    constraint ingest_batches_balance_ck
    check (status not in ('published', 'partial_source', 'failed') or rows_in = accepted + duplicate + quarantined)
);
create index ingest_batches_content_ix on oplatency.ingest_batches (source, content_hash);
create index ingest_batches_idempotency_key_ix on oplatency.ingest_batches (source, idempotency_key)
where idempotency_key is not null;
comment on table oplatency.ingest_batches is 'One row per file or poll that was ingested; its counts balance.';
comment on column oplatency.ingest_batches.batch_id is 'Surrogate key.';
comment on column oplatency.ingest_batches.run_token is
'Fencing token: names the attempt whose staged rows may be published.';
comment on column oplatency.ingest_batches.source is 'Name of the source.';
comment on column oplatency.ingest_batches.format is
'How the bytes were read: a format of sources, such as csv; builtin for committed data.';
comment on column oplatency.ingest_batches.path is 'Where the bytes came from.';
comment on column oplatency.ingest_batches.content_hash is 'SHA-256 of the bytes.';
comment on column oplatency.ingest_batches.idempotency_key is
'Name that the sender gave the delivery: the same name never brings other content; null = none was given.';
comment on column oplatency.ingest_batches.retry_of is
'Batch whose quarantined rows were tried again; null = its rows came from a source. Its account holds only the rows that left the quarantine, which the account of that batch counts too.';
comment on column oplatency.ingest_batches.assume_tz is
'IANA zone assumed for times without an offset; null = none was.';
comment on column oplatency.ingest_batches.resolution_us is
'Microseconds by which claimed durations, ends and periods may differ from the facts.';
comment on column oplatency.ingest_batches.new_operations is
'admit or hold: what the source declared for names that are not in the catalogue; null = the policy of the installation.';
comment on column oplatency.ingest_batches.detect_unit_slips is
'Whether durations a thousand or a million times off what is usual are rejected.';
comment on column oplatency.ingest_batches.status is
'staged, audited, failed, published, partial_source (published, but its last row was cut off), or superseded by a newer attempt.';
comment on column oplatency.ingest_batches.rows_in is 'Rows in the input, headers not counted.';
comment on column oplatency.ingest_batches.accepted is 'Rows that became facts.';
comment on column oplatency.ingest_batches.duplicate is 'Rows that were facts already.';
comment on column oplatency.ingest_batches.quarantined is 'Rows put aside with a reason.';
comment on column oplatency.ingest_batches.reasons is 'Quarantined rows by reason code.';
comment on column oplatency.ingest_batches.newest_call_at is
'Latest start among the calls that were facts or became facts with it; null = none, or not published.';
comment on column oplatency.ingest_batches.bytes is 'Size of the input in bytes.';
comment on column oplatency.ingest_batches.seconds is 'Time from first byte to publish, in seconds.';
comment on column oplatency.ingest_batches.received_at is
'When the input arrived; decides what is in the future and what beyond the horizon.';
comment on column oplatency.ingest_batches.opened_at is 'When its reading began.';
comment on column oplatency.ingest_batches.published_at is 'When its rows became facts; null before.';

create table oplatency.source_watermarks (
    source text not null,
    stream text not null,
    watermark_at timestamptz,
    polled_at timestamptz not null,
    constraint source_watermarks_pk primary key (source, stream)
);
comment on table oplatency.source_watermarks is
'One row per stream of a polled source: how far it was read, and when last.';
comment on column oplatency.source_watermarks.source is 'Name of the source.';
comment on column oplatency.source_watermarks.stream is 'Table or list of the source that is read on its own.';
comment on column oplatency.source_watermarks.watermark_at is
'Newest mark among the rows that were ingested, on the clock of the source; null = none was yet.';
comment on column oplatency.source_watermarks.polled_at is
'When it was last read without an error, whether or not it had anything new.';

create table oplatency.polls (
    run_token uuid not null
        constraint polls_pk primary key
        constraint polls_run_token_fk references oplatency.ingest_batches (run_token),
    source text not null,
    stream text not null,
    since_at timestamptz not null,
    polled_at timestamptz not null,
    watermark_at timestamptz
);
create index polls_stream_ix on oplatency.polls (source, stream);
comment on table oplatency.polls is
'One row per batch that came from a poll; publishing the batch moves the watermark.';
comment on column oplatency.polls.run_token is 'The attempt whose batch this is.';
comment on column oplatency.polls.source is 'Name of the source.';
comment on column oplatency.polls.stream is 'Table or list of the source that was read.';
comment on column oplatency.polls.since_at is 'Oldest mark that was asked for, inclusive.';
comment on column oplatency.polls.polled_at is 'When the source was read.';
comment on column oplatency.polls.watermark_at is 'Newest mark read that is not after the poll; null = all were.';

-- Staging is written once, read by run and emptied. Rows of a run lie together: a b-tree over them costs more than it
-- saves. The brin indexes leave summaries to vacuum: with autosummarize each 32 new pages asked for a worker, and each
-- request beyond the 256 that can wait was written to the server's log, two thousand lines for a file of a million calls.
create unlogged table oplatency.staged_rows (
    run_token uuid not null,
    row_no bigint not null,
    line_no bigint not null,
    raw text not null,
    problem text,
    problem_detail text,
    kind text,
    operation text,
    started_at text,
    ended_at text,
    duration_us text,
    duration_ms text,
    period_start text,
    event_id text,
    branch text,
    user_name text,
    session text,
    rows_affected text,
    memory_bytes text,
    cpu_us text,
    metadata text,
    error text,
    record text
);
create index staged_rows_run_token_ix on oplatency.staged_rows using brin (run_token) with (pages_per_range = 32);
comment on table oplatency.staged_rows is
'Input rows as text, before any rule was applied. Unlogged: lost in a crash, staged again by the retry.';
comment on column oplatency.staged_rows.run_token is 'Attempt that staged the row.';
comment on column oplatency.staged_rows.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.staged_rows.line_no is 'Line of the input the row starts on, from 1.';
comment on column oplatency.staged_rows.raw is 'The row as it came; base64 where it is not valid UTF-8.';
comment on column oplatency.staged_rows.problem is 'Reason code where the reader already rejected the row; null = none.';
comment on column oplatency.staged_rows.problem_detail is 'What the reader saw; null = no problem.';
comment on column oplatency.staged_rows.kind is 'span or merge; null = a call.';
comment on column oplatency.staged_rows.operation is 'Operation name as text.';
comment on column oplatency.staged_rows.started_at is 'Start as text.';
comment on column oplatency.staged_rows.ended_at is 'Claimed end as text; null = not claimed.';
comment on column oplatency.staged_rows.duration_us is 'Duration in microseconds as text; null = not given.';
comment on column oplatency.staged_rows.duration_ms is 'Duration in milliseconds as text; null = not given.';
comment on column oplatency.staged_rows.period_start is 'Claimed UTC day as text; null = not claimed.';
comment on column oplatency.staged_rows.event_id is 'Identity given by the source; null = none.';
comment on column oplatency.staged_rows.branch is 'Branch name; null = unknown.';
comment on column oplatency.staged_rows.user_name is 'User name; null = unknown.';
comment on column oplatency.staged_rows.session is 'Session identifier; null = unknown.';
comment on column oplatency.staged_rows.rows_affected is 'Rows touched, as text; null = unknown.';
comment on column oplatency.staged_rows.memory_bytes is 'Memory used in bytes, as text; null = unknown.';
comment on column oplatency.staged_rows.cpu_us is 'Processor time in microseconds, as text; null = unknown.';
comment on column oplatency.staged_rows.metadata is 'JSON object as text; null = none.';
comment on column oplatency.staged_rows.error is 'Error the call ended with, JSON or text; null = it succeeded.';
comment on column oplatency.staged_rows.record is 'JSON object as text: what only spans or merges have; null = a call.';

-- The outcome of the row rules; constraints belong to the audit, not to this table. Rows whose every field is plain are
-- staged here as they come, without a text twin in staged_rows.
create unlogged table oplatency.staged_metrics (
    run_token uuid,
    row_no bigint,
    line_no bigint,
    operation text,
    branch text,
    user_name text,
    started_at timestamptz,
    ended_at timestamptz,
    duration_us bigint,
    duration_ms double precision,
    period_start timestamptz,
    event_id text,
    identity_hash bigint,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    is_plain boolean not null default false,
    has_duration_us boolean not null default false,
    has_ended_at boolean not null default false,
    from_span boolean not null default false
);
create index staged_metrics_run_token_ix on oplatency.staged_metrics using brin (run_token) with (pages_per_range = 32);
comment on table oplatency.staged_metrics is 'Calls that passed the row rules and wait for the audit. Unlogged.';
comment on column oplatency.staged_metrics.run_token is 'Attempt that staged the row.';
comment on column oplatency.staged_metrics.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.staged_metrics.line_no is 'Line of the input the row starts on, from 1.';
comment on column oplatency.staged_metrics.operation is 'Operation name.';
comment on column oplatency.staged_metrics.branch is 'Branch name; null = unknown.';
comment on column oplatency.staged_metrics.user_name is 'User name; null = unknown.';
comment on column oplatency.staged_metrics.started_at is 'Start of the call.';
comment on column oplatency.staged_metrics.ended_at is 'End of the call: the claimed one, else start plus duration.';
comment on column oplatency.staged_metrics.duration_us is 'Duration in whole microseconds.';
comment on column oplatency.staged_metrics.duration_ms is 'Duration in milliseconds: the claimed one, else derived.';
comment on column oplatency.staged_metrics.period_start is 'UTC day of the start: the claimed one, else derived.';
comment on column oplatency.staged_metrics.event_id is 'Identity given by the source; null = none.';
comment on column oplatency.staged_metrics.identity_hash is 'Identity of the event within its operation and start.';
comment on column oplatency.staged_metrics.session is 'Session identifier; null = unknown.';
comment on column oplatency.staged_metrics.rows_affected is 'Rows touched; null = unknown.';
comment on column oplatency.staged_metrics.memory_bytes is 'Memory used in bytes; null = unknown.';
comment on column oplatency.staged_metrics.cpu_us is 'Processor time in microseconds; null = unknown.';
comment on column oplatency.staged_metrics.metadata is 'What else the source told; null = nothing.';
comment on column oplatency.staged_metrics.error is 'Error the call ended with; null = it succeeded.';
comment on column oplatency.staged_metrics.is_plain is
'Whether the row was typed as it came and has no twin in staged_rows.';
comment on column oplatency.staged_metrics.has_duration_us is 'Whether the row gave its duration in microseconds.';
comment on column oplatency.staged_metrics.has_ended_at is 'Whether the row gave its end.';
comment on column oplatency.staged_metrics.from_span is 'Whether the call is a span too, and its row is counted there.';

-- What a run brought, in short: one scan answers which days, hours and names it touches. Only where the shortest or the
-- longest duration of an operation allows for another unit, the calls themselves are looked at.
create unlogged table oplatency.staged_statistics (
    run_token uuid not null,
    operation text,
    hour_at timestamptz,
    branch text,
    user_name text,
    n_calls bigint not null,
    n_plain bigint not null default 0,
    first_row_no bigint not null,
    newest_at timestamptz,
    least_us bigint,
    most_us bigint
);
create index staged_statistics_run_token_ix on oplatency.staged_statistics (run_token);
comment on table oplatency.staged_statistics is
'Staged calls of a run by operation and hour, by branch, and by user: one of the three is given. Unlogged.';
comment on column oplatency.staged_statistics.run_token is 'Attempt that staged the calls.';
comment on column oplatency.staged_statistics.operation is 'Operation; null = the row is about a branch or user.';
comment on column oplatency.staged_statistics.hour_at is
'UTC hour that the calls of the operation start in; null = the row is about a branch or user.';
comment on column oplatency.staged_statistics.branch is
'Branch; null = the row is about something else, or calls without a branch.';
comment on column oplatency.staged_statistics.user_name is
'User; null = the row is about something else, or calls without a user.';
comment on column oplatency.staged_statistics.n_calls is 'Calls.';
comment on column oplatency.staged_statistics.n_plain is
'Of them, rows that were typed as they came and have no twin in staged_rows.';
comment on column oplatency.staged_statistics.first_row_no is
'Position of the first of them among the rows of the input, from 1.';
comment on column oplatency.staged_statistics.newest_at is 'When the newest of them started.';
comment on column oplatency.staged_statistics.least_us is 'Shortest duration of them, microseconds.';
comment on column oplatency.staged_statistics.most_us is 'Longest duration of them, microseconds.';

create unlogged table oplatency.staged_rejections (
    run_token uuid not null,
    row_no bigint not null,
    reason text not null,
    detail text not null,
    constraint staged_rejections_pk primary key (run_token, row_no)
);
comment on table oplatency.staged_rejections is
'Rows that passed their own rules and were rejected for the company they came in. Unlogged.';
comment on column oplatency.staged_rejections.run_token is 'Attempt that staged the row.';
comment on column oplatency.staged_rejections.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.staged_rejections.reason is 'Reason code.';
comment on column oplatency.staged_rejections.detail is 'The offending values, in words.';

-- Rejected rows keep their fields, so that they can be tried again, and say what became of them.
create table oplatency.quarantined_rows (
    quarantine_id bigint generated always as identity
        constraint quarantined_rows_pk primary key,
    batch_id bigint not null
        constraint quarantined_rows_batch_id_fk references oplatency.ingest_batches,
    row_no bigint not null,
    line_no bigint not null,
    reason text not null,
    detail text not null,
    raw text not null,
    fields jsonb,
    retry_batch_id bigint
        constraint quarantined_rows_redrive_batch_id_fk references oplatency.ingest_batches,
    released_at timestamptz,
    released_batch_id bigint
        constraint quarantined_rows_released_batch_id_fk references oplatency.ingest_batches,
    discarded_at timestamptz,
    discarded_by text,
    note text,
    constraint quarantined_rows_released_ck check ((released_at is null) = (released_batch_id is null)),
    constraint quarantined_rows_discarded_ck check ((discarded_at is null) = (discarded_by is null)),
    constraint quarantined_rows_state_ck check (released_at is null or discarded_at is null)
);
create index quarantined_rows_batch_id_ix on oplatency.quarantined_rows (batch_id);
comment on table oplatency.quarantined_rows is 'One row per input row that was rejected, as it came, with the reason.';
comment on column oplatency.quarantined_rows.quarantine_id is 'Surrogate key.';
comment on column oplatency.quarantined_rows.batch_id is 'Batch the row came with.';
comment on column oplatency.quarantined_rows.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.quarantined_rows.line_no is 'Line of the input the row starts on, from 1.';
comment on column oplatency.quarantined_rows.reason is 'Reason code; docs/ingest.md lists them.';
comment on column oplatency.quarantined_rows.detail is 'The offending values, in words.';
comment on column oplatency.quarantined_rows.raw is 'The row as it came; base64 where the reason is encoding.';
comment on column oplatency.quarantined_rows.fields is
'Staged text by column name, absent where empty; null = the row could not be taken apart, it cannot be tried again.';
comment on column oplatency.quarantined_rows.retry_batch_id is
'Batch of the newest attempt that tried the row again, whatever came of it; null = none has.';
comment on column oplatency.quarantined_rows.released_at is 'When it passed the gate after all; null = it has not.';
comment on column oplatency.quarantined_rows.released_batch_id is
'Batch of the second try that it passed with; null = it has not.';
comment on column oplatency.quarantined_rows.discarded_at is
'When it was discarded; null = not yet. It still counts as quarantined.';
comment on column oplatency.quarantined_rows.discarded_by is 'Who discarded it; null = not yet.';
comment on column oplatency.quarantined_rows.note is 'What that person wrote; null = nothing.';
