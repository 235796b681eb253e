-- Stores one call that has just ended, as a fact, and returns the number of the alert it raised, or null.
-- Grain: one row per call of this function; two equal calls are two rows. Window: the call ends now, by the clock.
-- Re-run: records once more. What is refused raises 22023 and stores nothing; the rules are in docs/recording.md.
-- This is the path that the measured application waits on: known names are not checked again, and look-up and inserts are
-- one statement.
create or replace function oplatency.record_performance_metric(
    p_operation_type text,
    p_duration_microseconds bigint,
    p_operation_name text = null,
    p_branch text = null,
    p_user_name text = current_user,
    p_session_id text = null,
    p_rows_affected bigint = null,
    p_memory_bytes bigint = null,
    p_cpu_microseconds bigint = null,
    p_operation_metadata jsonb = null,
    p_error_details jsonb = null
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    -- bounded, because a duration that is refused below must not end here
    start_at timestamptz := clock_timestamp()
    - greatest(least(p_duration_microseconds, 31536000000000), 0) * interval '1 microsecond';
    operation integer;
    caller integer;
    identity bigint;
    baseline bigint;
    limit_us double precision;
    in_force boolean;
    is_suspect boolean;
begin
    -- one expression, because each is set up anew in every transaction; what is in order passes here
    if
        (
            p_duration_microseconds between 1 and 31536000000000
            and coalesce(least(p_rows_affected, p_memory_bytes, p_cpu_microseconds), 0) >= 0
            and p_operation_name is null
            and (p_session_id is null or (p_session_id ~ '^[!-~]+$' and length(p_session_id) <= 200))
            and (
                p_operation_metadata is null
                or (jsonb_typeof(p_operation_metadata) = 'object' and length(p_operation_metadata::text) <= 1000)
            )
            and (
                p_error_details is null
                or (jsonb_typeof(p_error_details) <> 'null' and length(p_error_details::text) <= 1000)
            )
            -- days ahead have their partitions from maintain_warehouse; where it has not run, the first call makes it
            and to_regclass('oplatency.metrics_p' || to_char(start_at at time zone 'UTC', 'YYYYMMDD')) is not null
        ) is not true
    then
        if p_duration_microseconds is null or p_duration_microseconds < 1 or p_duration_microseconds > 31536000000000 then
            raise exception 'the duration is % us', coalesce(p_duration_microseconds::text, 'null')
                using errcode = 'invalid_parameter_value',
                hint = 'pass whole microseconds, from 1 to 31536000000000 (a year)';
        end if;
        if least(p_rows_affected, p_memory_bytes, p_cpu_microseconds) < 0 then
            raise exception 'p_rows_affected, p_memory_bytes or p_cpu_microseconds is negative'
                using errcode = 'invalid_parameter_value', hint = 'pass null where it is not known';
        end if;
        if p_session_id is not null then
            perform oplatency.require_name('session', p_session_id);
        end if;
        if p_operation_metadata is not null then
            perform oplatency.require_object('metadata', p_operation_metadata);
        end if;
        p_error_details := nullif(p_error_details, 'null');
        if p_error_details is not null then
            perform oplatency.require_object('error', jsonb_build_object('error', p_error_details));
        end if;
        if p_operation_name is not null then
            perform oplatency.require_name('operation name', p_operation_name);
            p_operation_metadata := coalesce(p_operation_metadata, '{}')
            || jsonb_build_object('operation_name', p_operation_name);
        end if;
        if to_regclass('oplatency.metrics_p' || to_char(start_at at time zone 'UTC', 'YYYYMMDD')) is null then
            perform oplatency.ensure_metric_partitions(
                (start_at at time zone 'UTC')::date, (start_at at time zone 'UTC')::date + 1
            );
        end if;
    end if;

    loop
        -- One statement, because each costs a snapshot and a start of the executor. The number is given to this call alone:
        -- there is no other content to compare its own with. Ids of what stands for all or none are no matches:
        -- such names are refused below.
        with known as (
            select
                operations.operation_id,
                operations.is_tracked,
                case
                    when p_branch is null then -1
                    else (
                        select branches.branch_id from oplatency.branches as branches
                        where branches.name = p_branch and branches.branch_id > 0
                    )
                end as branch_id,
                case
                    when p_user_name is null then -1
                    else (
                        select users.user_id from oplatency.users as users
                        where users.name = p_user_name and users.user_id > 0
                    )
                end as user_id,
                hashint8extended(nextval('oplatency.recorded_calls_sq'), 1) as identity_hash,
                limits.baseline_id,
                limits.limit_us,
                limits.as_of <= start_at as is_in_force,
                date_trunc('hour', start_at, 'UTC') as hour_at,
                -txid_current() as batch_id
            from oplatency.operation_types as operations
            left join oplatency.recording_limits as limits on operations.operation_id = limits.operation_id
            where operations.name = p_operation_type
        ),

        stored as (
            insert into oplatency.metrics
            (
                operation_id, branch_id, user_id, started_at, duration_us, identity_hash, batch_id, session,
                rows_affected, memory_bytes, cpu_us, metadata, error
            )
            select
                known.operation_id,
                known.branch_id,
                known.user_id,
                start_at,
                p_duration_microseconds,
                known.identity_hash,
                known.batch_id,
                p_session_id,
                p_rows_affected,
                p_memory_bytes,
                p_cpu_microseconds,
                p_operation_metadata,
                p_error_details
            from known
            where known.branch_id is not null and known.user_id is not null
        ),

        noted as (
            insert into oplatency.dirty_ranges (operation_id, hour_at, batch_id)
            select
                known.operation_id,
                known.hour_at,
                known.batch_id
            from known
            where known.branch_id is not null and known.user_id is not null
            -- only this transaction writes this batch; looking first costs the processor more than what this logs more
            on conflict do nothing
        )

        select
            known.operation_id,
            known.user_id,
            known.identity_hash,
            known.baseline_id,
            known.limit_us,
            known.is_in_force,
            p_error_details is null and known.is_tracked
            and (not known.is_in_force or known.limit_us < p_duration_microseconds)
        into operation, caller, identity, baseline, limit_us, in_force, is_suspect
        from known
        where known.branch_id is not null and known.user_id is not null;
        exit when found;
        perform
            oplatency.admit_operation(p_operation_type), oplatency.admit_branch(p_branch), oplatency.admit_user(p_user_name);
    end loop;

    -- null, where there is no baseline, is no suspicion
    if is_suspect is not true then
        return null;
    end if;
    if not in_force then
        -- the newest version is later than the call: the one that held when it started
        select
            baselines.baseline_id,
            baselines.p99_us * baselines.alert_threshold
        into baseline, limit_us
        from oplatency.baselines as baselines
        inner join oplatency.configuration_recency as recency on baselines.config_hash = recency.config_hash
        where baselines.operation_id = operation and baselines.branch_id = 0 and baselines.as_of <= start_at
        order by baselines.as_of desc, recency.recency_rank asc, baselines.revision desc
        limit 1;
    end if;
    if p_duration_microseconds > limit_us then
        return oplatency.raise_violation(operation, caller, start_at, identity, p_duration_microseconds, baseline);
    end if;
    return null;
end
$$;
comment on function oplatency.record_performance_metric(
    text, bigint, text, text, text, text, bigint, bigint, bigint, jsonb, jsonb
) is
'Stores one call that has just ended; returns the number of the alert that it raised, or null.';
