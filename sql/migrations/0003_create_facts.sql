-- What happened: staging, quarantine, calls, spans, merges, and the log of what they touched.
create unlogged table oplatency.staged_rows (
    run_token uuid not null,
    row_no bigint not null,
    line_no bigint not null,
    raw text not null,
    problem text,
    problem_detail text,
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
    error text
);
create index staged_rows_run_token_ix on oplatency.staged_rows (run_token, row_no);
comment on table oplatency.staged_rows is 'Input rows as text, before any rule was applied. Unlogged: lost in a crash, staged again by the retry.';
comment on column oplatency.staged_rows.run_token is 'Attempt that staged the row.';
comment on column oplatency.staged_rows.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.staged_rows.line_no is 'Line of the input the row starts on, from 1.';
comment on column oplatency.staged_rows.raw is 'The row as it came; base64 where it is not valid UTF-8.';
comment on column oplatency.staged_rows.problem is 'Reason code where the reader already refused the row; null = none.';
comment on column oplatency.staged_rows.problem_detail is 'What the reader saw; null = no problem.';
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

-- The outcome of the row rules, one row per staged row; constraints belong to the audit, not to this table.
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
    identity_hash bigint,
    content_hash bigint,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb
);
create index staged_metrics_run_token_ix on oplatency.staged_metrics (run_token, row_no);
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
comment on column oplatency.staged_metrics.identity_hash is 'Identity of the event within its operation and start.';
comment on column oplatency.staged_metrics.content_hash is 'Hash over all fields, to tell a duplicate from a conflict.';
comment on column oplatency.staged_metrics.session is 'Session identifier; null = unknown.';
comment on column oplatency.staged_metrics.rows_affected is 'Rows touched; null = unknown.';
comment on column oplatency.staged_metrics.memory_bytes is 'Memory used in bytes; null = unknown.';
comment on column oplatency.staged_metrics.cpu_us is 'Processor time in microseconds; null = unknown.';
comment on column oplatency.staged_metrics.metadata is 'What else the source told; null = nothing.';
comment on column oplatency.staged_metrics.error is 'Error the call ended with; null = it succeeded.';

create table oplatency.quarantined_rows (
    quarantine_id bigint generated always as identity
        constraint quarantined_rows_pk primary key,
    batch_id bigint not null
        constraint quarantined_rows_batch_id_fk references oplatency.ingest_batches,
    row_no bigint not null,
    line_no bigint not null,
    reason text not null,
    detail text not null,
    raw text not null
);
create index quarantined_rows_batch_id_ix on oplatency.quarantined_rows (batch_id);
comment on table oplatency.quarantined_rows is 'One row per input row that was refused, as it came, with the reason.';
comment on column oplatency.quarantined_rows.quarantine_id is 'Surrogate key.';
comment on column oplatency.quarantined_rows.batch_id is 'Batch the row came with.';
comment on column oplatency.quarantined_rows.row_no is 'Position among the rows of the input, from 1.';
comment on column oplatency.quarantined_rows.line_no is 'Line of the input the row starts on, from 1.';
comment on column oplatency.quarantined_rows.reason is 'Reason code; docs/architecture.md lists them.';
comment on column oplatency.quarantined_rows.detail is 'The offending values, in words.';
comment on column oplatency.quarantined_rows.raw is 'The row as it came; base64 where the reason is encoding.';

create table oplatency.metrics (
    operation_id integer not null
        constraint metrics_operation_id_fk references oplatency.operation_types,
    branch_id integer not null
        constraint metrics_branch_id_fk references oplatency.branches
        constraint metrics_branch_id_ck check (branch_id <> 0),
    user_id integer not null
        constraint metrics_user_id_fk references oplatency.users,
    started_at timestamptz not null,
    duration_us bigint not null
        constraint metrics_duration_ck check (duration_us >= 1),
    identity_hash bigint not null,
    content_hash bigint not null,
    -- no foreign key: making a partition would have to wait for every ingest that has opened its batch
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
comment on column oplatency.metrics.identity_hash is 'First 8 bytes of SHA-256 over the event id, else over the canonical row and its ordinal.';
comment on column oplatency.metrics.content_hash is 'First 8 bytes of SHA-256 over all fields; tells a duplicate from a conflict.';
comment on column oplatency.metrics.batch_id is 'Batch it came with.';
comment on column oplatency.metrics.session is 'Session identifier; null = unknown.';
comment on column oplatency.metrics.rows_affected is 'Rows touched; null = unknown.';
comment on column oplatency.metrics.memory_bytes is 'Memory used in bytes; null = unknown.';
comment on column oplatency.metrics.cpu_us is 'Processor time in microseconds; null = unknown.';
comment on column oplatency.metrics.metadata is 'What else the source told, as a JSON object; null = nothing.';
comment on column oplatency.metrics.error is 'Error the call ended with; null = it succeeded. Calls with an error enter no baseline.';

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
    batch_id bigint
        constraint spans_batch_id_fk references oplatency.ingest_batches,
    constraint spans_pk primary key (trace_id, span_id)
);
comment on table oplatency.spans is 'One row per timed step of a trace.';
comment on column oplatency.spans.trace_id is 'Trace the step belongs to.';
comment on column oplatency.spans.span_id is 'Step, unique within its trace.';
comment on column oplatency.spans.parent_span_id is 'Step it is part of; null = root of the trace.';
comment on column oplatency.spans.operation_id is 'Operation it measures; null = a step that is no catalogued operation.';
comment on column oplatency.spans.span_name is 'Free text.';
comment on column oplatency.spans.branch_id is 'Branch it ran on; -1 = unknown.';
comment on column oplatency.spans.user_id is 'Who ran it; -1 = unknown.';
comment on column oplatency.spans.started_at is 'Start of the step.';
comment on column oplatency.spans.duration_us is 'Duration in microseconds; null = still running.';
comment on column oplatency.spans.span_status is 'RUNNING, SUCCESS or ERROR.';
comment on column oplatency.spans.attributes is 'What else the source told; null = nothing.';
comment on column oplatency.spans.error is 'Error it ended with; null = none.';
comment on column oplatency.spans.batch_id is 'Batch it came with; null = it came with none.';

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
    batch_id bigint
        constraint merges_batch_id_fk references oplatency.ingest_batches,
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
comment on column oplatency.merges.merge_base_us is 'Search for the common ancestor, in microseconds; null = not measured.';
comment on column oplatency.merges.conflict_detection_us is 'Conflict detection, in microseconds; null = not measured.';
comment on column oplatency.merges.auto_resolution_us is 'Automatic resolution, in microseconds; null = not measured.';
comment on column oplatency.merges.n_conflicts is 'Conflicts found.';
comment on column oplatency.merges.n_auto_resolved is 'Conflicts resolved by rule.';
comment on column oplatency.merges.n_unresolved is 'Conflicts left to a person.';
comment on column oplatency.merges.merge_status is 'SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED.';
comment on column oplatency.merges.outcome is 'What else is known of the result; null = nothing.';
comment on column oplatency.merges.batch_id is 'Batch it came with; null = it came with none.';

create table oplatency.dirty_ranges (
    operation_id integer not null
        constraint dirty_ranges_operation_id_fk references oplatency.operation_types,
    hour_at timestamptz not null,
    batch_id bigint not null
        constraint dirty_ranges_batch_id_fk references oplatency.ingest_batches,
    constraint dirty_ranges_pk primary key (operation_id, hour_at, batch_id)
);
comment on table oplatency.dirty_ranges is 'Append-only log of hours that gained facts; a job deletes what it takes up.';
comment on column oplatency.dirty_ranges.operation_id is 'Operation that gained facts.';
comment on column oplatency.dirty_ranges.hour_at is 'UTC hour they fall into.';
comment on column oplatency.dirty_ranges.batch_id is 'Batch that brought them.';
