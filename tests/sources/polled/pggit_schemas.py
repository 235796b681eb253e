"""The tables of pgGit that are read, in both shapes, as far as the tests need them."""

MICROSECONDS = """
create schema pggit;
create table pggit.branches (branch_id serial primary key, branch_name text not null);
create table pggit.performance_metrics (
    metric_id bigserial primary key, operation_type text not null, operation_name text,
    duration_microseconds bigint not null, duration_ms numeric(10, 3) not null,
    start_time timestamp not null, end_time timestamp not null,
    branch_id integer references pggit.branches, user_name text not null, session_id text,
    rows_affected integer, memory_bytes bigint, cpu_microseconds bigint, connection_count integer default 1,
    operation_metadata jsonb, error_details jsonb,
    recorded_at timestamp not null default current_timestamp, period_start timestamp not null
);
create table pggit.operation_traces (
    trace_id text primary key, span_id text not null unique,
 parent_span_id text references pggit.operation_traces (span_id),
    operation_type text not null, span_name text not null, span_status text default 'PENDING',
    start_time timestamp not null, end_time timestamp, duration_microseconds bigint,
    branch_id integer references pggit.branches, user_name text not null, session_id text,
    memory_peak_bytes bigint, cpu_microseconds bigint, error_message text, error_code text, error_details jsonb,
    attributes jsonb, recorded_at timestamp not null default current_timestamp
);
create table pggit.merge_performance_metrics (
    merge_metric_id bigserial primary key,
    source_branch_id integer not null references pggit.branches,
 target_branch_id integer not null references pggit.branches,
    merge_base_commit_hash text, merge_base_calculation_us bigint, conflict_detection_us bigint,
 conflict_count integer,
    auto_resolution_us bigint, auto_resolution_success_count integer default 0,
    auto_resolution_failure_count integer default 0, total_merge_us bigint not null, merge_status text not null,
    merge_outcome_details jsonb, user_name text not null, session_id text,
    started_at timestamp not null, completed_at timestamp
);
insert into pggit.branches (branch_name) values ('main'), ('feature');
"""

MICROSECONDS_ROWS = """
insert into pggit.performance_metrics (
    operation_type, operation_name, duration_microseconds, duration_ms, start_time, end_time, branch_id, user_name,
    session_id, rows_affected, memory_bytes, cpu_microseconds, operation_metadata, error_details, recorded_at,
 period_start
) values
('commit', 'first', 2500, 2.5, '2026-03-10 09:00', '2026-03-10 09:00:00.0025', 1, 'ann', 's-1', 3, 1024, 900,
 '{"files": 2}', null, '2026-03-10 09:00:00.0025', '2026-03-10'),
('merge', null, 80000, 80, '2026-03-10 09:10', '2026-03-10 09:10:00.08', null, 'bob', null, null, null, null,
 null, '{"code": "40001"}', '2026-03-10 09:10:00.08', '2026-03-10');
insert into pggit.operation_traces (
    trace_id, span_id, parent_span_id, operation_type, span_name, span_status, start_time, end_time,
 duration_microseconds,
    branch_id, user_name, error_message, attributes
) values
('t-1', 's-1', null, 'merge', 'merge feature', 'SUCCESS', '2026-03-10 09:10', '2026-03-10 09:10:00.08', 80000, 2,
 'ann',
 null, '{"depth": 1}'),
('t-2', 's-2', 's-1', 'detect', 'detect conflicts', 'FAILED', '2026-03-10 09:10', '2026-03-10 09:10:00.03', 30000,
 null,
 'ann', 'no base', null),
('t-3', 's-3', 's-2', 'detect', 'still at it', 'RUNNING', '2026-03-10 09:10:00.01', null, null, null, 'ann', null,
 null);
insert into pggit.merge_performance_metrics (
    source_branch_id, target_branch_id, merge_base_calculation_us, conflict_detection_us, conflict_count,
    auto_resolution_us, auto_resolution_success_count, auto_resolution_failure_count, total_merge_us, merge_status,
    merge_outcome_details, user_name, session_id, started_at, completed_at
) values
(2, 1, 100, 200, 3, 300, 2, 1, 80000, 'PARTIAL_SUCCESS', '{"kept": 2}', 'ann', 'm-1',
 '2026-03-10 09:10', '2026-03-10 09:10:00.08');
"""

UUIDS = """
create schema pggit;
create table pggit.performance_metrics (
    metric_id uuid default gen_random_uuid() primary key, operation_type text not null, operation_name text not null,
    started_at timestamp(6) default current_timestamp, completed_at timestamp(6), duration_ms numeric(10, 3),
    cpu_time_ms numeric(10, 3), io_time_ms numeric(10, 3), rows_affected bigint, memory_used_mb numeric(10, 2),
    cache_hits int, cache_misses int, query_plan jsonb, context jsonb default '{}'
);
create table pggit.operation_traces (
    trace_id uuid default gen_random_uuid() primary key, parent_trace_id uuid, operation_type text not null,
    operation_name text not null, started_at timestamp(6) default current_timestamp, duration_us bigint,
    span_attributes jsonb default '{}'
);
"""

UUID_ROWS = """
insert into pggit.performance_metrics (
    metric_id, operation_type, operation_name, started_at, completed_at, duration_ms, cpu_time_ms, rows_affected,
    memory_used_mb, context
) values
('00000000-0000-0000-0000-00000000000a', 'branch_create', 'new branch', '2026-03-10 09:00',
 '2026-03-10 09:00:00.012345',
 12.3, 9.84, 5, 1.5, '{"branch": "x"}'),
('00000000-0000-0000-0000-000000000009', 'migration', 'up', '2026-03-10 09:05', '2026-03-10 09:05:02', null, null,
 null,
 null, '{}'),
('00000000-0000-0000-0000-000000000008', 'migration', 'at it', '2026-03-10 09:06', null, null, null, null, null,
 '{}');
insert into pggit.operation_traces (trace_id, parent_trace_id, operation_type, operation_name, started_at,
 duration_us) values
('00000000-0000-0000-0000-0000000000c0', null, 'merge', 'whole', '2026-03-10 09:10', 9000),
('00000000-0000-0000-0000-0000000000b0', '00000000-0000-0000-0000-0000000000c0', 'merge', 'part',
 '2026-03-10 09:10', 5000),
('00000000-0000-0000-0000-0000000000a0', '00000000-0000-0000-0000-0000000000b0', 'merge', 'leaf',
 '2026-03-10 09:10', 2000),
('00000000-0000-0000-0000-0000000000f0', null, 'merge', 'running', '2026-03-10 09:10', null);
"""
