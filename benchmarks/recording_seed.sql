-- What pgGit's own recorder does for a call, written anew from its description: one wide row under seven indexes with its
-- checks and its reference to a branch, read back to look for an active baseline, an alert where the limit is broken.
-- The opponent of benchmarks/recording.py; never part of a warehouse.
create schema seed;

create table seed.branches (
    branch_id integer primary key,
    name text not null unique
);
insert into seed.branches values (1, 'main');

create table seed.metrics (
    metric_id bigserial primary key,
    operation_type text not null check (length(trim(operation_type)) > 0),
    operation_name text,
    duration_us bigint not null check (duration_us > 0),
    duration_ms numeric(10, 3) not null,
    start_time timestamp not null,
    end_time timestamp not null,
    branch_id integer references seed.branches on delete set null,
    user_name text not null check (length(trim(user_name)) > 0),
    session_id text,
    rows_affected integer,
    memory_bytes bigint,
    cpu_us bigint,
    n_connections integer default 1,
    metadata jsonb,
    error jsonb,
    recorded_at timestamp not null default current_timestamp,
    period_start timestamp not null,
    check (duration_ms = duration_us::numeric / 1000),
    check (start_time < end_time)
);
create index on seed.metrics (operation_type);
create index on seed.metrics (branch_id) where branch_id is not null;
create index on seed.metrics (recorded_at desc);
create index on seed.metrics (period_start desc);
create index on seed.metrics (user_name);
create index on seed.metrics (operation_type, period_start desc, duration_us desc);

create table seed.baselines (
    baseline_id bigserial primary key,
    operation_type text not null,
    branch_id integer references seed.branches,
    baseline_date date not null,
    calculated_at timestamp not null default current_timestamp,
    p99_us bigint not null,
    multiplier numeric(3, 2) default 2.0,
    is_active boolean default true
);
create unique index on seed.baselines (operation_type, branch_id, baseline_date) where is_active;
create index on seed.baselines (operation_type);
create index on seed.baselines (calculated_at desc);

create table seed.alerts (
    alert_id bigserial primary key,
    metric_id bigint not null references seed.metrics on delete cascade,
    baseline_id bigint references seed.baselines,
    operation_type text not null,
    p99_us bigint,
    actual_us bigint not null,
    times numeric(6, 2),
    branch_id integer references seed.branches,
    user_name text,
    created_at timestamp not null default current_timestamp
);

create function seed.check_baseline(p_metric_id bigint)
returns bigint
language plpgsql
as $$
declare
    call record;
    active record;
    found_id bigint;
begin
    select m.operation_type, m.branch_id, m.duration_us, m.user_name into call
    from seed.metrics as m
    where m.metric_id = p_metric_id;
    select b.baseline_id, b.p99_us, b.multiplier into active
    from seed.baselines as b
    where b.operation_type = call.operation_type and (b.branch_id is null or b.branch_id = call.branch_id) and b.is_active
    order by b.calculated_at desc
    limit 1;
    if active.baseline_id is null then
        return null;
    end if;
    if call.duration_us > (active.p99_us * active.multiplier)::bigint then
        insert into seed.alerts
        (metric_id, baseline_id, operation_type, p99_us, actual_us, times, branch_id, user_name)
        values
        (
            p_metric_id, active.baseline_id, call.operation_type, active.p99_us, call.duration_us,
            call.duration_us::numeric / active.p99_us, call.branch_id, call.user_name
        )
        returning alert_id into found_id;
    end if;
    return found_id;
end
$$;

create function seed.record_metric(
    p_operation_type text,
    p_duration_us bigint,
    p_operation_name text = null,
    p_branch_id integer = null,
    p_user_name text = current_user,
    p_session_id text = null,
    p_rows_affected integer = null,
    p_memory_bytes bigint = null,
    p_cpu_us bigint = null,
    p_metadata jsonb = null
)
returns bigint
language plpgsql
as $$
declare
    made_id bigint;
begin
    if p_duration_us <= 0 then
        raise exception 'the duration is %', p_duration_us;
    end if;
    insert into seed.metrics
    (
        operation_type, operation_name, duration_us, duration_ms, start_time, end_time, branch_id, user_name, session_id,
        rows_affected, memory_bytes, cpu_us, metadata, period_start
    )
    values
    (
        p_operation_type, p_operation_name, p_duration_us, (p_duration_us::numeric / 1000)::numeric(10, 3),
        current_timestamp - (p_duration_us || ' microseconds')::interval, current_timestamp, p_branch_id, p_user_name,
        p_session_id, p_rows_affected, p_memory_bytes, p_cpu_us, p_metadata, date_trunc('day', current_timestamp)
    )
    returning metric_id into made_id;
    perform seed.check_baseline(made_id);
    return made_id;
end
$$;
