-- What happened: calls, spans, merges, and the log of the hours they touched.
-- Calls recorded by the SQL functions come one by one, inside transactions of the application that is measured, and
-- these may stay open for long. Nothing they write may make another of them wait: no row is shared between them.
-- A recorded call is its own batch: stored, or refused to its caller. It has no row in ingest_batches; its batch_id is
-- minus the number of the transaction that recorded it, which also keeps dirty_ranges free of waits on a unique key.

-- No foreign keys: three look-ups a row cost more than everything else that storing it does, and making a partition
-- would have to wait for every ingest that has opened its batch. Names are admitted in the transaction that publishes,
-- and nothing ever deletes one; the suite "metrics" checks that every fact still has them. No hash over the fields: a
-- conflict is told from a duplicate by the fields themselves, and eight bytes of every fact are saved.
create table oplatency.metrics (
    operation_id integer not null,
    branch_id integer not null
        constraint metrics_branch_id_ck check (branch_id <> 0),
    user_id integer not null,
    started_at timestamptz not null,
    duration_us bigint not null
        constraint metrics_duration_ck check (duration_us >= 1),
    identity_hash bigint not null,
    batch_id bigint not null,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    constraint metrics_identity_uq unique (operation_id, started_at, identity_hash)
) partition by range (started_at);
create index metrics_started_at_ix on oplatency.metrics using brin (started_at);
comment on table oplatency.metrics is 'One row per measured call; one partition per UTC day of its start.';
comment on column oplatency.metrics.operation_id is 'Operation that was called.';
comment on column oplatency.metrics.branch_id is 'Branch it ran on; -1 = unknown.';
comment on column oplatency.metrics.user_id is 'Who called it; -1 = unknown.';
comment on column oplatency.metrics.started_at is 'Start of the call.';
comment on column oplatency.metrics.duration_us is 'Duration in whole microseconds, at least 1.';
comment on column oplatency.metrics.identity_hash is
'First 8 bytes of SHA-256 over the event id, else over the canonical row and its ordinal.';
comment on column oplatency.metrics.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it.';
comment on column oplatency.metrics.session is 'Session identifier; null = unknown.';
comment on column oplatency.metrics.rows_affected is 'Rows touched; null = unknown.';
comment on column oplatency.metrics.memory_bytes is 'Memory used in bytes; null = unknown.';
comment on column oplatency.metrics.cpu_us is 'Processor time in microseconds; null = unknown.';
comment on column oplatency.metrics.metadata is 'What else the source told, as a JSON object; null = nothing.';
comment on column oplatency.metrics.error is
'Error the call ended with; null = it succeeded. Calls with an error enter no baseline.';

create sequence oplatency.recorded_calls_sq;
comment on sequence oplatency.recorded_calls_sq is 'Numbers recorded calls, so that two equal ones have two identities.';

create table oplatency.spans (
    trace_id text not null,
    span_id text not null,
    parent_span_id text,
    operation_id integer
        constraint spans_operation_id_fk references oplatency.operation_types,
    span_name text not null,
    branch_id integer not null
        constraint spans_branch_id_fk references oplatency.branches,
    user_id integer not null
        constraint spans_user_id_fk references oplatency.users,
    started_at timestamptz not null,
    duration_us bigint
        constraint spans_duration_ck check (duration_us >= 0),
    span_status text not null
        constraint spans_status_ck check (span_status in ('RUNNING', 'SUCCESS', 'ERROR')),
    attributes jsonb,
    error jsonb,
    batch_id bigint,
    constraint spans_pk primary key (trace_id, span_id)
);
-- an end names the step alone, so among recorded running steps it must be unique; finished ones leave the index
create unique index spans_running_uq on oplatency.spans (span_id) where span_status = 'RUNNING' and batch_id < 0;
comment on table oplatency.spans is 'One row per timed step of a trace.';
comment on column oplatency.spans.trace_id is 'Trace the step belongs to.';
comment on column oplatency.spans.span_id is 'Step, unique within its trace.';
comment on column oplatency.spans.parent_span_id is 'Step it is part of; null = root of the trace.';
comment on column oplatency.spans.operation_id is
'Operation it measures; null = a step that is no catalogued operation.';
comment on column oplatency.spans.span_name is 'Free text.';
comment on column oplatency.spans.branch_id is 'Branch it ran on; -1 = unknown.';
comment on column oplatency.spans.user_id is 'Who ran it; -1 = unknown.';
comment on column oplatency.spans.started_at is 'Start of the step.';
comment on column oplatency.spans.duration_us is 'Duration in microseconds; null = still running.';
comment on column oplatency.spans.span_status is 'RUNNING, SUCCESS or ERROR.';
comment on column oplatency.spans.attributes is 'What else the source told; null = nothing.';
comment on column oplatency.spans.error is 'Error it ended with; null = none.';
comment on column oplatency.spans.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';

create table oplatency."merges" (
    merge_id bigint generated always as identity
        constraint merges_pk primary key,
    identity_hash bigint not null
        constraint merges_identity_uq unique,
    source_branch_id integer not null
        constraint merges_source_branch_id_fk references oplatency.branches,
    target_branch_id integer not null
        constraint merges_target_branch_id_fk references oplatency.branches,
    user_id integer not null
        constraint merges_user_id_fk references oplatency.users,
    started_at timestamptz not null,
    total_us bigint not null
        constraint merges_total_ck check (total_us >= 1),
    merge_base_us bigint
        constraint merges_merge_base_ck check (merge_base_us >= 0),
    conflict_detection_us bigint
        constraint merges_conflict_detection_ck check (conflict_detection_us >= 0),
    auto_resolution_us bigint
        constraint merges_auto_resolution_ck check (auto_resolution_us >= 0),
    n_conflicts integer not null,
    n_auto_resolved integer not null,
    n_unresolved integer not null,
    merge_status text not null
        constraint merges_status_ck check (merge_status in ('SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'ABANDONED')),
    outcome jsonb,
    batch_id bigint,
    constraint merges_conflicts_ck
    check (n_conflicts >= 0 and n_auto_resolved >= 0 and n_unresolved >= 0 and n_auto_resolved + n_unresolved <= n_conflicts)
);
comment on table oplatency."merges" is 'One row per three-way merge with the time its phases took.';
comment on column oplatency.merges.merge_id is 'Surrogate key.';
comment on column oplatency.merges.identity_hash is 'Identity of the merge; keeps a second load from adding it again.';
comment on column oplatency.merges.source_branch_id is 'Branch that was merged.';
comment on column oplatency.merges.target_branch_id is 'Branch it was merged into.';
comment on column oplatency.merges.user_id is 'Who merged; -1 = unknown.';
comment on column oplatency.merges.started_at is 'Start of the merge.';
comment on column oplatency.merges.total_us is 'Whole duration in microseconds.';
comment on column oplatency.merges.merge_base_us is
'Search for the common ancestor, in microseconds; null = not measured.';
comment on column oplatency.merges.conflict_detection_us is 'Conflict detection, in microseconds; null = not measured.';
comment on column oplatency.merges.auto_resolution_us is 'Automatic resolution, in microseconds; null = not measured.';
comment on column oplatency.merges.n_conflicts is 'Conflicts found.';
comment on column oplatency.merges.n_auto_resolved is 'Conflicts resolved by rule.';
comment on column oplatency.merges.n_unresolved is 'Conflicts left to a human.';
comment on column oplatency.merges.merge_status is 'SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED.';
comment on column oplatency.merges.outcome is 'What else is known of the result; null = nothing.';
comment on column oplatency.merges.batch_id is
'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';

create table oplatency.dirty_ranges (
    operation_id integer not null,
    hour_at timestamptz not null,
    batch_id bigint not null,
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint dirty_ranges_pk primary key (operation_id, hour_at, batch_id)
);
comment on table oplatency.dirty_ranges is
'Log of hours that gained facts; oplatency refresh deletes what it takes up, in the transaction that marks the results that lack them.';
comment on column oplatency.dirty_ranges.operation_id is 'Operation that gained facts.';
comment on column oplatency.dirty_ranges.hour_at is 'UTC hour they fall into.';
comment on column oplatency.dirty_ranges.batch_id is
'Batch that brought them; negative = minus the number of the transaction that recorded them.';
comment on column oplatency.dirty_ranges.transaction_id is
'Transaction that brought the facts: a result has seen them where its snapshot has.';
