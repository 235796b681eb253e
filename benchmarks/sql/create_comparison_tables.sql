-- What the gate is measured against. The columns of a file with the partitions and indexes of metrics; and the table that
-- pgGit keeps its metrics in, with its checks and its seven indexes, as its published schema has them.
create schema bench;

create table bench.file_rows (
    operation text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    duration_us bigint not null check (duration_us >= 1),
    duration_ms double precision,
    period_start date,
    event_id text,
    branch text,
    "user" text,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    unique (operation, started_at, event_id)
) partition by range (started_at);
create index file_rows_started_at_ix on bench.file_rows using brin (started_at);
do $$
declare
    day_on date;
begin
    for day_on in select generate_series(current_date - 12, current_date + 1, interval '1 day')::date
    loop
        execute format(
            'create table bench.%I partition of bench.file_rows for values from (%L) to (%L)',
            'file_rows_p' || to_char(day_on, 'YYYYMMDD'), day_on || ' 00:00Z', (day_on + 1) || ' 00:00Z'
        );
    end loop;
end
$$;

create table bench.pggit_metrics (
    metric_id bigserial primary key,
    operation_type text not null check (length(trim(operation_type)) > 0),
    operation_name text,
    duration_microseconds bigint not null check (duration_microseconds > 0),
    duration_ms numeric(10, 3) not null,
    start_time timestamp not null,
    end_time timestamp not null,
    branch_id integer,
    user_name text not null check (length(trim(user_name)) > 0),
    session_id text,
    rows_affected integer,
    memory_bytes bigint,
    cpu_microseconds bigint,
    connection_count integer default 1,
    operation_metadata jsonb,
    error_details jsonb,
    recorded_at timestamp not null default current_timestamp,
    period_start timestamp not null,
    check (duration_ms = duration_microseconds::numeric / 1000),
    check (start_time < end_time)
);
create index pggit_metrics_operation_type_ix on bench.pggit_metrics (operation_type);
create index pggit_metrics_branch_id_ix on bench.pggit_metrics (branch_id) where branch_id is not null;
create index pggit_metrics_recorded_at_ix on bench.pggit_metrics (recorded_at desc);
create index pggit_metrics_period_start_ix on bench.pggit_metrics (period_start desc);
create index pggit_metrics_user_name_ix on bench.pggit_metrics (user_name);
create index pggit_metrics_composite_ix on bench.pggit_metrics (operation_type, period_start desc, duration_microseconds desc);
