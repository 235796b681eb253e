-- The schema as the migrations, functions, views and grants leave it. Made by `make fix` for reading and for reviews of
-- changes; nothing runs it. Daily partitions of metrics are not shown.

CREATE SCHEMA oplatency;

COMMENT ON SCHEMA oplatency IS 'Operation latency: facts, baselines, findings, and the views people read.';

CREATE FUNCTION oplatency.admit_branch(p_name text) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
    found_id integer;
begin
    if p_name is null then
        return -1;
    end if;
    select known.branch_id into found_id
    from oplatency.branches as known
    where known.name = p_name and known.branch_id > 0;
    if found then
        return found_id;
    end if;
    perform oplatency.require_name('branch', p_name);
    insert into oplatency.branches (name)
    values (p_name)
    on conflict (name) do nothing;
    select known.branch_id into strict found_id
    from oplatency.branches as known
    where known.name = p_name;
    return found_id;
end
$$;

COMMENT ON FUNCTION oplatency.admit_branch(p_name text) IS 'Key of a branch by name; a new name is taken up, null is -1.';

CREATE FUNCTION oplatency.admit_operation(p_name text) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
    found_id integer;
begin
    select operations.operation_id into found_id
    from oplatency.operation_types as operations
    where operations.name = p_name;
    if found then
        return found_id;
    end if;
    perform oplatency.require_name('operation', p_name);
    if (select count(*) from oplatency.operation_types as known where known.area = 'recorder') >= 1000 then
        raise exception 'the operation % is new, and recording has brought 1000 new operations already', p_name
            using errcode = 'program_limit_exceeded',
            hint = 'keep what varies out of the name and put it into p_operation_name or the metadata';
    end if;
    insert into oplatency.operation_types (name, category, area, origin)
    values (p_name, 'UNKNOWN', 'recorder', 'ingest')
    on conflict (name) do nothing;
    select operations.operation_id into strict found_id
    from oplatency.operation_types as operations
    where operations.name = p_name;
    return found_id;
end
$$;

COMMENT ON FUNCTION oplatency.admit_operation(p_name text) IS 'Key of an operation by name; a new one is admitted with category UNKNOWN, up to a thousand.';

CREATE FUNCTION oplatency.admit_user(p_name text) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
    found_id integer;
begin
    if p_name is null then
        return -1;
    end if;
    select known.user_id into found_id
    from oplatency.users as known
    where known.name = p_name and known.user_id > 0;
    if found then
        return found_id;
    end if;
    perform oplatency.require_name('user', p_name);
    insert into oplatency.users (name)
    values (p_name)
    on conflict (name) do nothing;
    select known.user_id into strict found_id
    from oplatency.users as known
    where known.name = p_name;
    return found_id;
end
$$;

COMMENT ON FUNCTION oplatency.admit_user(p_name text) IS 'Key of a user by name; a new name is taken up, null is -1.';

CREATE FUNCTION oplatency.analyze_metrics() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    analyze oplatency.metrics
$$;

COMMENT ON FUNCTION oplatency.analyze_metrics() IS 'Refreshes the planner''s statistics of metrics.';

CREATE FUNCTION oplatency.canonical_call(p_operation text, p_started_at timestamp with time zone, p_duration_us bigint, p_branch text, p_user_name text, p_session text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_us bigint, p_metadata jsonb, p_error jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select
        p_operation
        || E'\x1f' || (extract(epoch from p_started_at) * 1000000)::bigint
        || E'\x1f' || p_duration_us
        || E'\x1f' || coalesce(p_branch, '')
        || E'\x1f' || coalesce(p_user_name, '')
        || E'\x1f' || coalesce(p_session, '')
        || E'\x1f' || coalesce(p_rows_affected::text, '')
        || E'\x1f' || coalesce(p_memory_bytes::text, '')
        || E'\x1f' || coalesce(p_cpu_us::text, '')
        || E'\x1f' || coalesce(p_metadata::text, '')
        || E'\x1f' || coalesce(p_error::text, '')
$$;

COMMENT ON FUNCTION oplatency.canonical_call(p_operation text, p_started_at timestamp with time zone, p_duration_us bigint, p_branch text, p_user_name text, p_session text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_us bigint, p_metadata jsonb, p_error jsonb) IS 'A call as one text, the same for every spelling: what its identity is taken of.';

CREATE FUNCTION oplatency.drop_metric_partitions(p_before date, p_dry_run boolean DEFAULT true) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    AS $_$
declare
    partition_name text;
begin
    if p_before is null or p_before > (oplatency.reference_time() - interval '8 days')::date then
        raise exception 'partitions may be dropped only up to eight days back, not up to %', p_before
            using errcode = 'invalid_parameter_value';
    end if;
    for partition_name in
        select child.relname
        from pg_inherits as link
        inner join pg_class as child on link.inhrelid = child.oid
        where
            link.inhparent = 'oplatency.metrics'::regclass
            and child.relname ~ '^metrics_p[0-9]{8}$'
            and to_date(right(child.relname, 8), 'YYYYMMDD') < p_before
        order by child.relname
    loop
        if not p_dry_run then
            execute format('drop table oplatency.%I', partition_name);
        end if;
        return next partition_name;
    end loop;
end
$_$;

COMMENT ON FUNCTION oplatency.drop_metric_partitions(p_before date, p_dry_run boolean) IS 'Drops, or with p_dry_run only names, the daily partitions of metrics that end at or before a day.';

CREATE FUNCTION oplatency.end_performance_trace(p_span_id text, p_span_status text DEFAULT 'SUCCESS'::text, p_error_message text DEFAULT NULL::text, p_error_code text DEFAULT NULL::text, p_error_details jsonb DEFAULT NULL::jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    problem jsonb := nullif(
        jsonb_strip_nulls(
            jsonb_build_object('message', p_error_message, 'code', p_error_code, 'details', p_error_details)
        ),
        '{}'
    );
begin
    if coalesce(p_span_status, '') not in ('SUCCESS', 'ERROR', 'FAILED') then
        raise exception 'the status of a span cannot be %', coalesce(p_span_status, 'null')
            using errcode = 'invalid_parameter_value', hint = 'pass SUCCESS or ERROR';
    end if;
    if problem is not null then
        perform oplatency.require_object('error', problem);
    end if;
    update oplatency.spans as spans
    set
        -- clocks are set back at times; a step never takes less than nothing
        duration_us = greatest(round(extract(epoch from clock_timestamp() - spans.started_at) * 1000000)::bigint, 0),
        span_status = case when problem is null and p_span_status = 'SUCCESS' then 'SUCCESS' else 'ERROR' end,
        error = problem
    where spans.span_id = p_span_id and spans.span_status = 'RUNNING' and spans.batch_id < 0;
    if not found then
        raise exception 'the span % is not running', coalesce(left(p_span_id, 200), 'null')
            using errcode = 'invalid_parameter_value',
            hint = 'it has ended already, was rolled back, or was never started: pass what start_performance_trace returned';
    end if;
end
$$;

COMMENT ON FUNCTION oplatency.end_performance_trace(p_span_id text, p_span_status text, p_error_message text, p_error_code text, p_error_details jsonb) IS 'Ends a running step of a trace now, with a status and, where there was one, the error.';

CREATE FUNCTION oplatency.ensure_metric_partitions(p_from date, p_to date) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    AS $$
declare
    day_on date;
    made integer := 0;
begin
    if p_from is null or p_to is null or p_from < date '2000-01-01' or p_to > date '2200-01-01' or p_to - p_from > 800 then
        raise exception 'partitions were asked for from % to %, outside 2000 to 2200 or more than 800 days', p_from, p_to
            using errcode = 'invalid_parameter_value';
    end if;
    -- two jobs may need the same day at once
    perform pg_advisory_xact_lock(hashtext('oplatency:partitions'));
    for day_on in select generate_series(p_from, p_to - 1, interval '1 day')::date
    loop
        if to_regclass(format('oplatency.%I', 'metrics_p' || to_char(day_on, 'YYYYMMDD'))) is null then
            -- attached rather than made as a partition: that would wait for every reader of metrics to end
            execute format(
                'create table oplatency.%I (like oplatency.metrics including defaults including constraints)',
                'metrics_p' || to_char(day_on, 'YYYYMMDD')
            );
            execute format(
                'alter table oplatency.metrics attach partition oplatency.%I for values from (%L) to (%L)',
                'metrics_p' || to_char(day_on, 'YYYYMMDD'),
                day_on::timestamp at time zone 'UTC',
                (day_on + 1)::timestamp at time zone 'UTC'
            );
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;

COMMENT ON FUNCTION oplatency.ensure_metric_partitions(p_from date, p_to date) IS 'Makes the daily partitions of metrics from a day up to, not including, another; returns how many were new.';

CREATE FUNCTION oplatency.finding_id(VARIADIC p_key text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    select left(encode(sha256(convert_to(p_key::text, 'UTF8')), 'hex'), 32)
$$;

COMMENT ON FUNCTION oplatency.finding_id(VARIADIC p_key text[]) IS 'Identifier of a finding, 32 hexadecimal digits: equal for equal keys, in any warehouse and after any re-run.';

CREATE FUNCTION oplatency.hash64(p_text text) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    select ('x' || encode(substr(sha256(convert_to(p_text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;

COMMENT ON FUNCTION oplatency.hash64(p_text text) IS 'First eight bytes of the SHA-256 of a text, as a signed integer.';

CREATE FUNCTION oplatency.keep_recording_limits() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
begin
    insert into oplatency.recording_limits as kept (operation_id, as_of, baseline_id, limit_us)
    select distinct on (baselines.operation_id)
        baselines.operation_id,
        baselines.as_of,
        baselines.baseline_id,
        baselines.p99_us * baselines.alert_threshold
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    left join (
        select
            config_hash,
            max(use_no) as last_use_no
        from oplatency.configuration_uses
        group by config_hash
    ) as uses on baselines.config_hash = uses.config_hash
    where baselines.branch_id = 0 and baselines.operation_id in (select added.operation_id from added)
    order by baselines.operation_id asc, baselines.as_of desc, uses.last_use_no desc nulls last, configurations.config_no desc, baselines.revision desc
    on conflict (operation_id) do update
    set as_of = excluded.as_of, baseline_id = excluded.baseline_id, limit_us = excluded.limit_us
    where kept.baseline_id <> excluded.baseline_id;
    return null;
end
$$;

COMMENT ON FUNCTION oplatency.keep_recording_limits() IS 'Keeps recording_limits at the newest version of each baseline.';

CREATE FUNCTION oplatency.parse_instant(p_text text, p_assume_tz text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    AS $_$
declare
    local_time timestamp;
    found_at timestamptz;
begin
    if p_text !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|z|UTC|[+-]\d{2}(:?\d{2})?)?$' then
        return null;
    end if;
    if substr(p_text, 17, 3) = ':60' then
        return oplatency.parse_instant(overlay(p_text placing ':59' from 17 for 3), p_assume_tz) + interval '1 second';
    end if;
    if p_text ~ '(Z|z|UTC|[+-]\d{2}(:?\d{2})?)$' then
        return p_text::timestamptz;
    end if;
    local_time := p_text::timestamp;
    found_at := local_time at time zone p_assume_tz;
    -- clocks are changed by an hour, on Lord Howe Island by half of one
    if
        found_at at time zone p_assume_tz <> local_time
        or local_time in (
            (found_at - interval '1 hour') at time zone p_assume_tz,
            (found_at + interval '1 hour') at time zone p_assume_tz,
            (found_at - interval '30 minutes') at time zone p_assume_tz,
            (found_at + interval '30 minutes') at time zone p_assume_tz
        )
    then
        return null;
    end if;
    return found_at;
exception
    when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
        return null;
end
$_$;

COMMENT ON FUNCTION oplatency.parse_instant(p_text text, p_assume_tz text) IS 'An ISO 8601 instant, or null where the text is none; a time without an offset is read in the given zone.';

CREATE FUNCTION oplatency.parse_json(p_text text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE
    AS $$
declare
    found jsonb;
begin
    found := p_text::jsonb;
    -- 1e99999 is seven characters as text and 100,000 digits as jsonb, more than most readers take
    if length(found::text) > 1000 and found::text ~ '([0-9]{250}){4}' then
        return null;
    end if;
    return found;
exception
    when others then
        return null;
end
$$;

COMMENT ON FUNCTION oplatency.parse_json(p_text text) IS 'The text as jsonb, or null where it is no JSON that PostgreSQL can store, or holds a number of a thousand digits.';

CREATE FUNCTION oplatency.parse_number(p_text text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $_$
    select case
        when p_text ~* '^\s*[+-]?(nan|inf|infinity)\s*$' then 'NaN'::numeric
        when length(p_text) > 400 or p_text !~ '^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$' then null
        when p_text ~ '[eE][+-]?[0-9]{4,}' then 'NaN'::numeric
        when abs(p_text::numeric) > 1e308 then 'NaN'::numeric
        else p_text::numeric
    end
$_$;

COMMENT ON FUNCTION oplatency.parse_number(p_text text) IS 'A decimal number; NaN where the text is not finite or too large; null where it is no number.';

CREATE FUNCTION oplatency.raise_violation(p_operation_id integer, p_user_id integer, p_started_at timestamp with time zone, p_identity_hash bigint, p_duration_us bigint, p_baseline_id bigint) RETURNS bigint
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    SET "DateStyle" TO 'ISO, YMD'
    AS $$
    insert into oplatency.alerts
    (
        dedupe_key, alert_type, operation_id, branch_id, user_id, severity, actual_us, baseline_p99_us, evidence,
        observed_at
    )
    select
        'violation:' || p_operation_id || ':' || p_started_at || ':' || p_identity_hash,
        'VIOLATION',
        p_operation_id,
        baselines.branch_id,
        p_user_id,
        case
            when
                p_duration_us > baselines.p99_us * greatest(
                    coalesce((configurations.content #>> '{baseline,critical_multiplier}')::double precision, 5),
                    baselines.alert_threshold
                )
                then 'CRITICAL'
            else 'WARNING'
        end,
        p_duration_us,
        baselines.p99_us,
        jsonb_build_object('limit_us', baselines.p99_us * baselines.alert_threshold, 'baseline_as_of', baselines.as_of),
        p_started_at
    from oplatency.baselines as baselines
    inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
    where baselines.baseline_id = p_baseline_id
    on conflict (dedupe_key) do nothing
    returning alert_id
$$;

COMMENT ON FUNCTION oplatency.raise_violation(p_operation_id integer, p_user_id integer, p_started_at timestamp with time zone, p_identity_hash bigint, p_duration_us bigint, p_baseline_id bigint) IS 'Writes the alert of a recorded call slower than its limit, unless it has one; returns its number.';

CREATE FUNCTION oplatency.record_merge_performance(p_source_branch text, p_target_branch text, p_total_us bigint, p_merge_base_us bigint DEFAULT NULL::bigint, p_conflict_detection_us bigint DEFAULT NULL::bigint, p_auto_resolution_us bigint DEFAULT NULL::bigint, p_conflict_count integer DEFAULT 0, p_auto_resolved integer DEFAULT 0, p_unresolved integer DEFAULT 0, p_status text DEFAULT 'SUCCESS'::text, p_outcome jsonb DEFAULT NULL::jsonb, p_user_name text DEFAULT CURRENT_USER) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    number bigint;
begin
    if p_total_us is null or p_total_us < 1 or p_total_us > 31536000000000 then
        raise exception 'the merge took % us', coalesce(p_total_us::text, 'null')
            using errcode = 'invalid_parameter_value',
            hint = 'pass whole microseconds, from 1 to 31536000000000 (a year)';
    end if;
    if
        least(p_merge_base_us, p_conflict_detection_us, p_auto_resolution_us) < 0
        or greatest(p_merge_base_us, p_conflict_detection_us, p_auto_resolution_us) > 31536000000000
    then
        raise exception 'a phase took less than nothing or more than a year'
            using errcode = 'invalid_parameter_value',
            hint = 'pass whole microseconds, or null where a phase was not measured';
    end if;
    if
        least(p_conflict_count, p_auto_resolved, p_unresolved) < 0
        or p_conflict_count is null
        or coalesce(p_auto_resolved, 0)::bigint + coalesce(p_unresolved, 0) > p_conflict_count
    then
        raise exception '% conflicts cannot be % resolved and % unresolved', p_conflict_count, p_auto_resolved, p_unresolved
            using errcode = 'invalid_parameter_value',
            hint = 'none is negative, and resolved plus unresolved are at most the conflicts found';
    end if;
    if coalesce(p_status, '') not in ('SUCCESS', 'PARTIAL_SUCCESS', 'FAILED', 'ABANDONED') then
        raise exception 'the status of a merge cannot be %', coalesce(p_status, 'null')
            using errcode = 'invalid_parameter_value',
            hint = 'pass SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED';
    end if;
    if p_outcome is not null then
        perform oplatency.require_object('outcome', p_outcome);
    end if;
    -- other than a call, a merge without its branches tells nothing
    perform oplatency.require_name('source branch', p_source_branch);
    perform oplatency.require_name('target branch', p_target_branch);
    insert into oplatency."merges"
    (
        identity_hash, source_branch_id, target_branch_id, user_id, started_at, total_us, merge_base_us,
        conflict_detection_us, auto_resolution_us, n_conflicts, n_auto_resolved, n_unresolved, merge_status, outcome,
        batch_id
    )
    values
    (
        oplatency.hash64('id:' || gen_random_uuid()),
        oplatency.admit_branch(p_source_branch),
        oplatency.admit_branch(p_target_branch),
        oplatency.admit_user(p_user_name),
        clock_timestamp() - p_total_us * interval '1 microsecond',
        p_total_us,
        p_merge_base_us,
        p_conflict_detection_us,
        p_auto_resolution_us,
        p_conflict_count,
        coalesce(p_auto_resolved, 0),
        coalesce(p_unresolved, 0),
        p_status,
        p_outcome,
        -txid_current()
    )
    returning merge_id into number;
    return number;
end
$$;

COMMENT ON FUNCTION oplatency.record_merge_performance(p_source_branch text, p_target_branch text, p_total_us bigint, p_merge_base_us bigint, p_conflict_detection_us bigint, p_auto_resolution_us bigint, p_conflict_count integer, p_auto_resolved integer, p_unresolved integer, p_status text, p_outcome jsonb, p_user_name text) IS 'Stores one merge that has just ended with the time of its phases and its conflicts; returns its number.';

CREATE FUNCTION oplatency.record_performance_metric(p_operation_type text, p_duration_microseconds bigint, p_operation_name text DEFAULT NULL::text, p_branch text DEFAULT NULL::text, p_user_name text DEFAULT CURRENT_USER, p_session_id text DEFAULT NULL::text, p_rows_affected bigint DEFAULT NULL::bigint, p_memory_bytes bigint DEFAULT NULL::bigint, p_cpu_microseconds bigint DEFAULT NULL::bigint, p_operation_metadata jsonb DEFAULT NULL::jsonb, p_error_details jsonb DEFAULT NULL::jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
        -- there is no other content that its own would be told from. Ids of what stands for all or none are no matches:
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
        inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
        left join (
            select
                config_hash,
                max(use_no) as last_use_no
            from oplatency.configuration_uses
            group by config_hash
        ) as uses on baselines.config_hash = uses.config_hash
        where baselines.operation_id = operation and baselines.branch_id = 0 and baselines.as_of <= start_at
        order by baselines.as_of desc, uses.last_use_no desc nulls last, configurations.config_no desc, baselines.revision desc
        limit 1;
    end if;
    if p_duration_microseconds > limit_us then
        return oplatency.raise_violation(operation, caller, start_at, identity, p_duration_microseconds, baseline);
    end if;
    return null;
end
$_$;

COMMENT ON FUNCTION oplatency.record_performance_metric(p_operation_type text, p_duration_microseconds bigint, p_operation_name text, p_branch text, p_user_name text, p_session_id text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_microseconds bigint, p_operation_metadata jsonb, p_error_details jsonb) IS 'Stores one call that has just ended; returns the number of the alert that it raised, or null.';

CREATE FUNCTION oplatency.reference_time() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS $$
    select coalesce(nullif(current_setting('oplatency.as_of', true), '')::timestamptz, now())
$$;

COMMENT ON FUNCTION oplatency.reference_time() IS 'Instant that views call now: the setting oplatency.as_of where set, else the clock.';

CREATE FUNCTION oplatency.require_name(p_what text, p_name text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
    if p_name is null or p_name !~ '\S' then
        raise exception 'the % is blank', p_what
            using errcode = 'invalid_parameter_value', hint = 'give it a name of 1 to 200 characters';
    end if;
    if length(p_name) > 200 then
        raise exception 'the % has % characters: %...', p_what, length(p_name), left(p_name, 50)
            using errcode = 'invalid_parameter_value', hint = 'give it a name of 1 to 200 characters';
    end if;
    if p_name ~ '[\x01-\x1f\x7f-\x9f]' then
        raise exception 'the % holds a control character: %', p_what,
            regexp_replace(p_name, '[\x01-\x1f\x7f-\x9f]', '?', 'g')
            using errcode = 'invalid_parameter_value', hint = 'take tabs, line ends and the like out of it';
    end if;
    if p_name in ('(all)', '(unknown)') then
        raise exception 'the % may not be called %', p_what, p_name
            using errcode = 'invalid_parameter_value', hint = 'the name is reserved; pass null where it is not known';
    end if;
end
$$;

COMMENT ON FUNCTION oplatency.require_name(p_what text, p_name text) IS 'Raises 22023 where a name is blank, longer than 200 characters, reserved, or holds a control character.';

CREATE FUNCTION oplatency.require_object(p_what text, p_content jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
    if jsonb_typeof(p_content) <> 'object' then
        raise exception 'the % is no JSON object but %', p_what, jsonb_typeof(p_content)
            using errcode = 'invalid_parameter_value', hint = 'pass an object: {"name": value, ...}';
    end if;
    -- 1e99999 takes seven characters to write and 100,000 digits to read
    if length(p_content::text) > 65536 then
        raise exception 'the % takes % characters as text', p_what, length(p_content::text)
            using errcode = 'invalid_parameter_value', hint = 'keep it below 65536 characters';
    end if;
    if length(p_content::text) > 1000 and p_content::text ~ '([0-9]{250}){4}' then
        raise exception 'the % holds a number of more than a thousand digits', p_what
            using errcode = 'invalid_parameter_value', hint = 'pass such a number as a string';
    end if;
end
$$;

COMMENT ON FUNCTION oplatency.require_object(p_what text, p_content jsonb) IS 'Raises 22023 where a value is no JSON object, longer than 65536 characters, or holds a number of a thousand digits.';

CREATE FUNCTION oplatency.start_performance_trace(p_trace_id text DEFAULT NULL::text, p_span_id text DEFAULT NULL::text, p_parent_span_id text DEFAULT NULL::text, p_operation_type text DEFAULT NULL::text, p_span_name text DEFAULT 'unnamed'::text, p_branch text DEFAULT NULL::text, p_user_name text DEFAULT CURRENT_USER, p_session_id text DEFAULT NULL::text, p_attributes jsonb DEFAULT NULL::jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    trace text := p_trace_id;
    -- as OpenTelemetry has them: 16 bytes name a trace, 8 bytes a step, in hexadecimal digits
    span text := coalesce(p_span_id, right(replace(gen_random_uuid()::text, '-', ''), 16));
    details jsonb := p_attributes;
    title text := coalesce(p_span_name, 'unnamed');
begin
    perform oplatency.require_name('span name', title);
    perform oplatency.require_name('span id', span);
    if p_parent_span_id is not null then
        perform oplatency.require_name('parent span id', p_parent_span_id);
        if p_parent_span_id = span then
            raise exception 'the span % is its own parent', span
                using errcode = 'invalid_parameter_value', hint = 'pass null for the root of a trace';
        end if;
    end if;
    if p_session_id is not null then
        perform oplatency.require_name('session', p_session_id);
        details := jsonb_build_object('session', p_session_id);
    end if;
    if p_attributes is not null then
        perform oplatency.require_object('attributes', p_attributes);
        details := p_attributes || coalesce(details, '{}');
    end if;
    if trace is not null then
        perform oplatency.require_name('trace id', trace);
    elsif p_parent_span_id is null then
        trace := replace(gen_random_uuid()::text, '-', '');
    else
        select spans.trace_id into trace
        from oplatency.spans as spans
        where spans.span_id = p_parent_span_id and spans.span_status = 'RUNNING' and spans.batch_id < 0;
        if not found then
            raise exception 'the parent span % is not running here', p_parent_span_id
                using errcode = 'invalid_parameter_value',
                hint = 'pass p_trace_id as well where the parent has ended, was rolled back or runs elsewhere';
        end if;
    end if;
    insert into oplatency.spans
    (
        trace_id, span_id, parent_span_id, operation_id, span_name, branch_id, user_id, started_at, span_status,
        attributes, batch_id
    )
    values
    (
        trace,
        span,
        p_parent_span_id,
        case when p_operation_type is not null then oplatency.admit_operation(p_operation_type) end,
        title,
        oplatency.admit_branch(p_branch),
        oplatency.admit_user(p_user_name),
        clock_timestamp(),
        'RUNNING',
        details,
        -txid_current()
    )
    on conflict do nothing;
    if not found then
        raise exception 'the span % is running already, or known in trace %', span, trace
            using errcode = 'invalid_parameter_value', hint = 'pass null for p_span_id and use the id that comes back';
    end if;
    return span;
end
$$;

COMMENT ON FUNCTION oplatency.start_performance_trace(p_trace_id text, p_span_id text, p_parent_span_id text, p_operation_type text, p_span_name text, p_branch text, p_user_name text, p_session_id text, p_attributes jsonb) IS 'Opens a step of a trace now and returns its id.';

CREATE TABLE oplatency.baselines (
    baseline_id bigint NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    as_of timestamp with time zone NOT NULL,
    config_hash text NOT NULL,
    revision integer NOT NULL,
    lookback_days integer NOT NULL,
    n_calls bigint NOT NULL,
    hours_covered integer NOT NULL,
    min_us bigint NOT NULL,
    p50_us double precision NOT NULL,
    p75_us double precision NOT NULL,
    p90_us double precision NOT NULL,
    p95_us double precision NOT NULL,
    p99_us double precision NOT NULL,
    max_us bigint NOT NULL,
    mean_us double precision NOT NULL,
    sd_us double precision NOT NULL,
    p99_is_estimable boolean NOT NULL,
    alert_threshold double precision NOT NULL,
    days_covered double precision,
    excluded jsonb DEFAULT '[]'::jsonb NOT NULL,
    excluded_hours double precision DEFAULT 0 NOT NULL,
    is_new_normal boolean DEFAULT false NOT NULL,
    p50_low_us double precision,
    p50_high_us double precision,
    p75_low_us double precision,
    p75_high_us double precision,
    p90_low_us double precision,
    p90_high_us double precision,
    p95_low_us double precision,
    p95_high_us double precision,
    p99_low_us double precision,
    p99_high_us double precision,
    p50_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 5)) STORED,
    p75_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 11)) STORED,
    p90_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 29)) STORED,
    p95_is_estimable boolean GENERATED ALWAYS AS ((n_calls >= 59)) STORED,
    CONSTRAINT baselines_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT baselines_days_covered_ck CHECK (((days_covered >= (0)::double precision) AND (days_covered <= (lookback_days)::double precision))),
    CONSTRAINT baselines_excluded_hours_ck CHECK (((excluded_hours >= (0)::double precision) AND (excluded_hours <= ((24 * lookback_days))::double precision))),
    CONSTRAINT baselines_finite_ck CHECK (((min_us >= 1) AND (mean_us < 'Infinity'::double precision) AND (sd_us >= (0)::double precision) AND (sd_us < 'Infinity'::double precision) AND (p99_us < 'Infinity'::double precision))),
    CONSTRAINT baselines_hours_covered_ck CHECK ((hours_covered >= 1)),
    CONSTRAINT baselines_lookback_ck CHECK ((lookback_days >= 1)),
    CONSTRAINT baselines_n_calls_ck CHECK ((n_calls >= 2)),
    CONSTRAINT baselines_order_ck CHECK ((((min_us)::double precision <= p50_us) AND (p50_us <= p75_us) AND (p75_us <= p90_us) AND (p90_us <= p95_us) AND (p95_us <= p99_us) AND (p99_us <= (max_us)::double precision))),
    CONSTRAINT baselines_revision_ck CHECK ((revision >= 1))
);

COMMENT ON TABLE oplatency.baselines IS 'One row per version of an operation''s baseline; immutable, a change is a new revision.';

COMMENT ON COLUMN oplatency.baselines.baseline_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.baselines.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.baselines.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.baselines.as_of IS 'End of the look-back window, exclusive; a UTC day boundary.';

COMMENT ON COLUMN oplatency.baselines.config_hash IS 'Settings it was computed with.';

COMMENT ON COLUMN oplatency.baselines.revision IS 'Counts contents of the same key, from 1; late data makes a new one.';

COMMENT ON COLUMN oplatency.baselines.lookback_days IS 'Length of the window in whole UTC days.';

COMMENT ON COLUMN oplatency.baselines.n_calls IS 'Calls in the window, those with an error left out.';

COMMENT ON COLUMN oplatency.baselines.hours_covered IS 'UTC hours of the window that hold at least one call.';

COMMENT ON COLUMN oplatency.baselines.min_us IS 'Fastest call, microseconds.';

COMMENT ON COLUMN oplatency.baselines.p50_us IS 'Median, microseconds; exact, linear interpolation (type 7), as all percentiles here.';

COMMENT ON COLUMN oplatency.baselines.p75_us IS '75th percentile, microseconds.';

COMMENT ON COLUMN oplatency.baselines.p90_us IS '90th percentile, microseconds.';

COMMENT ON COLUMN oplatency.baselines.p95_us IS '95th percentile, microseconds.';

COMMENT ON COLUMN oplatency.baselines.p99_us IS '99th percentile, microseconds.';

COMMENT ON COLUMN oplatency.baselines.max_us IS 'Slowest call, microseconds.';

COMMENT ON COLUMN oplatency.baselines.mean_us IS 'Arithmetic mean, microseconds.';

COMMENT ON COLUMN oplatency.baselines.sd_us IS 'Sample standard deviation (n - 1), microseconds.';

COMMENT ON COLUMN oplatency.baselines.p99_is_estimable IS 'Whether n allows a 95 % upper bound for p99 (n at least 299).';

COMMENT ON COLUMN oplatency.baselines.alert_threshold IS 'A call slower than p99 times this is a violation.';

COMMENT ON COLUMN oplatency.baselines.days_covered IS 'Days of the window with calls, the first from its first call on; null = not measured then.';

COMMENT ON COLUMN oplatency.baselines.excluded IS 'Stretches left out: from, to, origin (alert, person, incident), reason.';

COMMENT ON COLUMN oplatency.baselines.excluded_hours IS 'Length of the stretches left out, hours.';

COMMENT ON COLUMN oplatency.baselines.is_new_normal IS 'Whether more than the limit would have been left out, and so nothing was.';

COMMENT ON COLUMN oplatency.baselines.p50_low_us IS 'Lower end of the 95 % interval of p50, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p50_high_us IS 'Upper end of the 95 % interval of p50, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p75_low_us IS 'Lower end of the 95 % interval of p75, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p75_high_us IS 'Upper end of the 95 % interval of p75, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p90_low_us IS 'Lower end of the 95 % interval of p90, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p90_high_us IS 'Upper end of the 95 % interval of p90, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p95_low_us IS 'Lower end of the 95 % interval of p95, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p95_high_us IS 'Upper end of the 95 % interval of p95, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p99_low_us IS 'Lower end of the 95 % interval of p99, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p99_high_us IS 'Upper end of the 95 % interval of p99, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.baselines.p50_is_estimable IS 'Whether n allows a 95 % upper bound for p50 (n at least 5).';

COMMENT ON COLUMN oplatency.baselines.p75_is_estimable IS 'Whether n allows a 95 % upper bound for p75 (n at least 11).';

COMMENT ON COLUMN oplatency.baselines.p90_is_estimable IS 'Whether n allows a 95 % upper bound for p90 (n at least 29).';

COMMENT ON COLUMN oplatency.baselines.p95_is_estimable IS 'Whether n allows a 95 % upper bound for p95 (n at least 59).';

CREATE TABLE oplatency.configuration_uses (
    use_no bigint NOT NULL,
    config_hash text NOT NULL,
    used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE oplatency.configuration_uses IS 'One row each time baselines were published with other settings than before.';

COMMENT ON COLUMN oplatency.configuration_uses.use_no IS 'Order of use; the configuration of the largest number is in use.';

COMMENT ON COLUMN oplatency.configuration_uses.config_hash IS 'Settings that came into use.';

COMMENT ON COLUMN oplatency.configuration_uses.used_at IS 'When baselines were first published with them, this time.';

CREATE TABLE oplatency.configurations (
    config_hash text NOT NULL,
    config_no integer NOT NULL,
    content jsonb NOT NULL,
    first_used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE oplatency.configurations IS 'One row per set of analysis settings that ever produced a result.';

COMMENT ON COLUMN oplatency.configurations.config_hash IS 'First 16 hexadecimal digits of the SHA-256 of the canonical settings.';

COMMENT ON COLUMN oplatency.configurations.config_no IS 'Order in which configurations were first used.';

COMMENT ON COLUMN oplatency.configurations.content IS 'The settings: section, name, value.';

COMMENT ON COLUMN oplatency.configurations.first_used_at IS 'When a job first used it.';

CREATE VIEW oplatency.active_baselines AS
 SELECT DISTINCT ON (baselines.operation_id, baselines.branch_id) baselines.baseline_id,
    baselines.operation_id,
    baselines.branch_id,
    baselines.as_of,
    baselines.config_hash,
    baselines.revision,
    baselines.lookback_days,
    baselines.n_calls,
    baselines.hours_covered,
    baselines.min_us,
    baselines.p50_us,
    baselines.p75_us,
    baselines.p90_us,
    baselines.p95_us,
    baselines.p99_us,
    baselines.max_us,
    baselines.mean_us,
    baselines.sd_us,
    baselines.p99_is_estimable,
    baselines.alert_threshold,
    baselines.days_covered,
    baselines.excluded,
    baselines.excluded_hours,
    baselines.is_new_normal,
    baselines.p50_low_us,
    baselines.p50_high_us,
    baselines.p75_low_us,
    baselines.p75_high_us,
    baselines.p90_low_us,
    baselines.p90_high_us,
    baselines.p95_low_us,
    baselines.p95_high_us,
    baselines.p99_low_us,
    baselines.p99_high_us,
    baselines.p50_is_estimable,
    baselines.p75_is_estimable,
    baselines.p90_is_estimable,
    baselines.p95_is_estimable
   FROM ((oplatency.baselines baselines
     JOIN oplatency.configurations configurations ON ((baselines.config_hash = configurations.config_hash)))
     LEFT JOIN ( SELECT configuration_uses.config_hash,
            max(configuration_uses.use_no) AS last_use_no
           FROM oplatency.configuration_uses
          GROUP BY configuration_uses.config_hash) uses ON ((baselines.config_hash = uses.config_hash)))
  WHERE (baselines.as_of <= ( SELECT oplatency.reference_time() AS reference_time))
  ORDER BY baselines.operation_id, baselines.branch_id, baselines.as_of DESC, uses.last_use_no DESC NULLS LAST, configurations.config_no DESC, baselines.revision DESC;

COMMENT ON VIEW oplatency.active_baselines IS 'The baseline in force per operation and branch at the reference time.';

CREATE TABLE oplatency.aggregate_intervals (
    source text NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    interval_start timestamp with time zone NOT NULL,
    interval_end timestamp with time zone NOT NULL,
    n_calls bigint NOT NULL,
    total_us double precision NOT NULL,
    mean_us double precision NOT NULL,
    sd_us double precision NOT NULL,
    n_rows bigint NOT NULL,
    CONSTRAINT aggregate_intervals_mean_ck CHECK (((mean_us >= (0)::double precision) AND (mean_us < 'Infinity'::double precision))),
    CONSTRAINT aggregate_intervals_n_calls_ck CHECK ((n_calls > 0)),
    CONSTRAINT aggregate_intervals_order_ck CHECK ((interval_start < interval_end)),
    CONSTRAINT aggregate_intervals_sd_ck CHECK (((sd_us >= (0)::double precision) AND (sd_us < 'Infinity'::double precision))),
    CONSTRAINT aggregate_intervals_total_ck CHECK (((total_us >= (0)::double precision) AND (total_us < 'Infinity'::double precision)))
);

COMMENT ON TABLE oplatency.aggregate_intervals IS 'One row per operation and stretch of time of a source that knows aggregates only: no samples, so no percentiles, baselines or findings.';

COMMENT ON COLUMN oplatency.aggregate_intervals.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.aggregate_intervals.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.aggregate_intervals.branch_id IS 'Branch it is about; -1 = unknown.';

COMMENT ON COLUMN oplatency.aggregate_intervals.interval_start IS 'First instant, inclusive, on the clock of the source.';

COMMENT ON COLUMN oplatency.aggregate_intervals.interval_end IS 'End, exclusive, on the clock of the source.';

COMMENT ON COLUMN oplatency.aggregate_intervals.n_calls IS 'Calls that ended within it.';

COMMENT ON COLUMN oplatency.aggregate_intervals.total_us IS 'Sum of their durations, microseconds.';

COMMENT ON COLUMN oplatency.aggregate_intervals.mean_us IS 'Mean duration, microseconds.';

COMMENT ON COLUMN oplatency.aggregate_intervals.sd_us IS 'Standard deviation of the durations, microseconds, ddof 0.';

COMMENT ON COLUMN oplatency.aggregate_intervals.n_rows IS 'Rows that these calls returned or touched.';

CREATE TABLE oplatency.alerts (
    alert_id bigint NOT NULL,
    dedupe_key text NOT NULL,
    alert_type text NOT NULL,
    operation_id integer,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    severity text NOT NULL,
    actual_us double precision NOT NULL,
    baseline_p99_us double precision,
    evidence jsonb NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    raised_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by text,
    acknowledgement_note text,
    CONSTRAINT alerts_acknowledged_ck CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL))),
    CONSTRAINT alerts_operation_ck CHECK (((operation_id IS NOT NULL) OR ((alert_type = 'SILENCE'::text) AND ((evidence ->> 'source'::text) IS NOT NULL)))),
    CONSTRAINT alerts_severity_ck CHECK ((severity = ANY (ARRAY['INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT alerts_type_ck CHECK ((alert_type = ANY (ARRAY['VIOLATION'::text, 'ANOMALY'::text, 'DEGRADATION'::text, 'CORRELATION'::text, 'SILENCE'::text])))
);

COMMENT ON TABLE oplatency.alerts IS 'One row per violation or alerting finding, or per silence of a source, that a person should see.';

COMMENT ON COLUMN oplatency.alerts.alert_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.alerts.dedupe_key IS 'Names the finding; the same finding never alerts twice.';

COMMENT ON COLUMN oplatency.alerts.alert_type IS 'Kind of finding.';

COMMENT ON COLUMN oplatency.alerts.operation_id IS 'Operation it is about; null = a source fell silent, which the evidence names.';

COMMENT ON COLUMN oplatency.alerts.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.alerts.user_id IS 'Who made the call; -1 = unknown or many.';

COMMENT ON COLUMN oplatency.alerts.severity IS 'INFO, WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.alerts.actual_us IS 'What was measured, microseconds; of a SILENCE the time without a call or an arrival.';

COMMENT ON COLUMN oplatency.alerts.baseline_p99_us IS 'p99 of the baseline in force, microseconds; null = none.';

COMMENT ON COLUMN oplatency.alerts.evidence IS 'The finding''s values, for whoever asks why.';

COMMENT ON COLUMN oplatency.alerts.observed_at IS 'When what it tells of happened.';

COMMENT ON COLUMN oplatency.alerts.raised_at IS 'When the row was written.';

COMMENT ON COLUMN oplatency.alerts.acknowledged_at IS 'When a person took it; null = nobody has.';

COMMENT ON COLUMN oplatency.alerts.acknowledged_by IS 'Who took it; null = nobody has.';

COMMENT ON COLUMN oplatency.alerts.acknowledgement_note IS 'What that person wrote; null = nothing.';

ALTER TABLE oplatency.alerts ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.alerts_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.anomalies (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    kind text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    identity_hash bigint NOT NULL,
    duration_us double precision NOT NULL,
    expected_us double precision NOT NULL,
    z double precision NOT NULL,
    classical_z double precision NOT NULL,
    effect double precision NOT NULL,
    effect_low double precision,
    effect_high double precision,
    severity text NOT NULL,
    is_alerting boolean NOT NULL,
    baseline_id bigint NOT NULL,
    call_branch_id integer,
    baseline_level text,
    CONSTRAINT anomalies_baseline_level_ck CHECK ((baseline_level = ANY (ARRAY['branch'::text, 'operation'::text, 'like operations'::text]))),
    CONSTRAINT anomalies_kind_ck CHECK ((kind = ANY (ARRAY['point'::text, 'shift'::text, 'tail'::text, 'trend'::text, 'silence'::text]))),
    CONSTRAINT anomalies_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT anomalies_window_ck CHECK ((window_start < window_end)),
    CONSTRAINT anomalies_z_ck CHECK (((abs(z) < 'Infinity'::double precision) AND (abs(classical_z) < 'Infinity'::double precision)))
);

COMMENT ON TABLE oplatency.anomalies IS 'One row per call, or window of calls, that a statistical rule calls abnormal.';

COMMENT ON COLUMN oplatency.anomalies.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.anomalies.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.anomalies.kind IS 'Rule that found it.';

COMMENT ON COLUMN oplatency.anomalies.window_start IS 'First instant of the judged window, inclusive; for points the hour.';

COMMENT ON COLUMN oplatency.anomalies.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.anomalies.observed_at IS 'Start of the call; for windows their start.';

COMMENT ON COLUMN oplatency.anomalies.identity_hash IS 'Identity of the call within its operation and start; 0 for windows.';

COMMENT ON COLUMN oplatency.anomalies.duration_us IS 'Duration of the call, microseconds; for a silence the mean time without a call, which lasted on when the hour ended.';

COMMENT ON COLUMN oplatency.anomalies.expected_us IS 'What the baseline expects there, microseconds; for a silence the usual time from call to call.';

COMMENT ON COLUMN oplatency.anomalies.z IS 'Robust standard score, positive = slow.';

COMMENT ON COLUMN oplatency.anomalies.classical_z IS '(duration - mean) / standard deviation of the baseline, for comparison.';

COMMENT ON COLUMN oplatency.anomalies.effect IS 'duration / expected - 1.';

COMMENT ON COLUMN oplatency.anomalies.effect_low IS 'Lower end of the 95 % interval of the effect; null = single call.';

COMMENT ON COLUMN oplatency.anomalies.effect_high IS 'Upper end of the 95 % interval of the effect; null = single call.';

COMMENT ON COLUMN oplatency.anomalies.severity IS 'INFO (speed-up), WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.anomalies.is_alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.anomalies.baseline_id IS 'Baseline it was judged against.';

COMMENT ON COLUMN oplatency.anomalies.call_branch_id IS 'Branch of the call; -1 = unknown; null = an hour of many calls, or found before this was noted.';

COMMENT ON COLUMN oplatency.anomalies.baseline_level IS 'What the baseline was made from: the branch, the operation, or mostly like operations (the scales of few calls); null = found before this was noted.';

CREATE TABLE oplatency.audit_results (
    audit_id bigint NOT NULL,
    run_token uuid,
    suite text NOT NULL,
    expectation text NOT NULL,
    subject text NOT NULL,
    passed boolean NOT NULL,
    n_rows bigint NOT NULL,
    n_unexpected bigint NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    checked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    severity text DEFAULT 'critical'::text NOT NULL,
    CONSTRAINT audit_results_severity_ck CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text])))
);

COMMENT ON TABLE oplatency.audit_results IS 'One row per expectation of a suite and time it was checked.';

COMMENT ON COLUMN oplatency.audit_results.audit_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.audit_results.run_token IS 'Run or batch whose staged rows were checked; null = what is published was checked.';

COMMENT ON COLUMN oplatency.audit_results.suite IS 'Name of the suite.';

COMMENT ON COLUMN oplatency.audit_results.expectation IS 'What was expected, in words.';

COMMENT ON COLUMN oplatency.audit_results.subject IS 'Table or columns it was expected of.';

COMMENT ON COLUMN oplatency.audit_results.passed IS 'Whether it held; an expectation that raised counts as not held.';

COMMENT ON COLUMN oplatency.audit_results.n_rows IS 'Rows looked at.';

COMMENT ON COLUMN oplatency.audit_results.n_unexpected IS 'Rows that did not hold.';

COMMENT ON COLUMN oplatency.audit_results.detail IS 'Examples or the error, shortened; empty when it held.';

COMMENT ON COLUMN oplatency.audit_results.checked_at IS 'When it was checked.';

COMMENT ON COLUMN oplatency.audit_results.severity IS 'critical = nothing is published where it does not hold, warning = it is only recorded (setting quality.warnings).';

ALTER TABLE oplatency.audit_results ALTER COLUMN audit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.audit_results_audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.backtests (
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    config_hash text NOT NULL,
    labels_hash text NOT NULL,
    arrivals text NOT NULL,
    content jsonb NOT NULL,
    n_calls bigint NOT NULL,
    n_late bigint NOT NULL,
    n_alerts bigint NOT NULL,
    by_kind jsonb NOT NULL,
    n_labels bigint,
    n_true bigint,
    n_found bigint,
    median_delay_s double precision,
    replayed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT backtests_arrivals_ck CHECK ((arrivals = ANY (ARRAY['recorded'::text, 'started'::text]))),
    CONSTRAINT backtests_by_kind_ck CHECK ((jsonb_typeof(by_kind) = 'object'::text)),
    CONSTRAINT backtests_content_ck CHECK ((jsonb_typeof(content) = 'object'::text)),
    CONSTRAINT backtests_labels_ck CHECK (((num_nonnulls(n_labels, n_true, n_found) = ANY (ARRAY[0, 3])) AND ((n_labels IS NULL) OR (((n_true >= 0) AND (n_true <= n_alerts)) AND ((n_found >= 0) AND (n_found <= n_labels)))))),
    CONSTRAINT backtests_median_delay_ck CHECK (((median_delay_s >= (0)::double precision) AND (median_delay_s < 'Infinity'::double precision))),
    CONSTRAINT backtests_n_alerts_ck CHECK ((n_alerts >= 0)),
    CONSTRAINT backtests_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT backtests_n_late_ck CHECK ((n_late >= 0)),
    CONSTRAINT backtests_window_ck CHECK ((window_start < window_end))
);

COMMENT ON TABLE oplatency.backtests IS 'One row per replayed window, configuration and file of labels; replaying again replaces it. Nothing is judged by it.';

COMMENT ON COLUMN oplatency.backtests.window_start IS 'First replayed day, inclusive.';

COMMENT ON COLUMN oplatency.backtests.window_end IS 'End of the last replayed day, exclusive.';

COMMENT ON COLUMN oplatency.backtests.config_hash IS 'Settings it was replayed with; they need not be those of any result.';

COMMENT ON COLUMN oplatency.backtests.labels_hash IS 'SHA-256 of the file of labels, hexadecimal; empty = none was given.';

COMMENT ON COLUMN oplatency.backtests.arrivals IS 'recorded: a call was there once its batch had arrived; started: once it had started.';

COMMENT ON COLUMN oplatency.backtests.content IS 'The settings.';

COMMENT ON COLUMN oplatency.backtests.n_calls IS 'Calls of the window, without those with an error.';

COMMENT ON COLUMN oplatency.backtests.n_late IS 'Of these, calls that no night of the replay saw in time to judge them.';

COMMENT ON COLUMN oplatency.backtests.n_alerts IS 'Alerts that a person would have got.';

COMMENT ON COLUMN oplatency.backtests.by_kind IS 'The same by kind: point, silence, shift, tail, trend.';

COMMENT ON COLUMN oplatency.backtests.n_labels IS 'Labels that touch the window; null = none were given.';

COMMENT ON COLUMN oplatency.backtests.n_true IS 'Alerts that overlap a label of their operation; null = no labels.';

COMMENT ON COLUMN oplatency.backtests.n_found IS 'Labels that an alert overlaps; null = no labels.';

COMMENT ON COLUMN oplatency.backtests.median_delay_s IS 'Median time from the start of a label to its first alert, seconds; null = none was found.';

COMMENT ON COLUMN oplatency.backtests.replayed_at IS 'When it was replayed.';

CREATE VIEW oplatency.baseline_changes AS
 WITH versions AS (
         SELECT DISTINCT ON (baselines.operation_id, baselines.branch_id, baselines.as_of) baselines.baseline_id,
            baselines.operation_id,
            baselines.branch_id,
            baselines.as_of,
            baselines.config_hash,
            baselines.revision,
            baselines.lookback_days,
            baselines.n_calls,
            baselines.hours_covered,
            baselines.min_us,
            baselines.p50_us,
            baselines.p75_us,
            baselines.p90_us,
            baselines.p95_us,
            baselines.p99_us,
            baselines.max_us,
            baselines.mean_us,
            baselines.sd_us,
            baselines.p99_is_estimable,
            baselines.alert_threshold,
            baselines.days_covered,
            baselines.excluded,
            baselines.excluded_hours,
            baselines.is_new_normal,
            baselines.p50_low_us,
            baselines.p50_high_us,
            baselines.p75_low_us,
            baselines.p75_high_us,
            baselines.p90_low_us,
            baselines.p90_high_us,
            baselines.p95_low_us,
            baselines.p95_high_us,
            baselines.p99_low_us,
            baselines.p99_high_us,
            baselines.p50_is_estimable,
            baselines.p75_is_estimable,
            baselines.p90_is_estimable,
            baselines.p95_is_estimable,
            COALESCE((((configurations.content -> 'trends'::text) ->> 'anchor_days'::text))::integer, 28) AS anchor_days,
            COALESCE((((configurations.content -> 'trends'::text) ->> 'anchor_min_effect'::text))::double precision, (0.2)::double precision) AS creep_limit
           FROM ((oplatency.baselines baselines
             JOIN oplatency.configurations configurations ON ((baselines.config_hash = configurations.config_hash)))
             LEFT JOIN ( SELECT configuration_uses.config_hash,
                    max(configuration_uses.use_no) AS last_use_no
                   FROM oplatency.configuration_uses
                  GROUP BY configuration_uses.config_hash) uses ON ((baselines.config_hash = uses.config_hash)))
          WHERE (baselines.as_of <= ( SELECT oplatency.reference_time() AS reference_time))
          ORDER BY baselines.operation_id, baselines.branch_id, baselines.as_of, uses.last_use_no DESC NULLS LAST, configurations.config_no DESC, baselines.revision DESC
        ), sequenced AS (
         SELECT versions.baseline_id,
            versions.operation_id,
            versions.branch_id,
            versions.as_of,
            versions.config_hash,
            versions.revision,
            versions.lookback_days,
            versions.n_calls,
            versions.hours_covered,
            versions.min_us,
            versions.p50_us,
            versions.p75_us,
            versions.p90_us,
            versions.p95_us,
            versions.p99_us,
            versions.max_us,
            versions.mean_us,
            versions.sd_us,
            versions.p99_is_estimable,
            versions.alert_threshold,
            versions.days_covered,
            versions.excluded,
            versions.excluded_hours,
            versions.is_new_normal,
            versions.p50_low_us,
            versions.p50_high_us,
            versions.p75_low_us,
            versions.p75_high_us,
            versions.p90_low_us,
            versions.p90_high_us,
            versions.p95_low_us,
            versions.p95_high_us,
            versions.p99_low_us,
            versions.p99_high_us,
            versions.p50_is_estimable,
            versions.p75_is_estimable,
            versions.p90_is_estimable,
            versions.p95_is_estimable,
            versions.anchor_days,
            versions.creep_limit,
            lag(versions.as_of) OVER version_order AS previous_as_of,
            lag(versions.n_calls) OVER version_order AS previous_n_calls,
            lag(versions.p50_us) OVER version_order AS previous_p50_us,
            lag(versions.p99_us) OVER version_order AS previous_p99_us,
            lag(versions.config_hash) OVER version_order AS previous_config_hash,
            lag(versions.excluded) OVER version_order AS previous_excluded,
            lag(versions.excluded_hours) OVER version_order AS previous_excluded_hours
           FROM versions
          WINDOW version_order AS (PARTITION BY versions.operation_id, versions.branch_id ORDER BY versions.as_of)
        ), compared AS (
         SELECT sequenced.baseline_id,
            sequenced.operation_id,
            sequenced.branch_id,
            sequenced.as_of,
            sequenced.config_hash,
            sequenced.revision,
            sequenced.lookback_days,
            sequenced.n_calls,
            sequenced.hours_covered,
            sequenced.min_us,
            sequenced.p50_us,
            sequenced.p75_us,
            sequenced.p90_us,
            sequenced.p95_us,
            sequenced.p99_us,
            sequenced.max_us,
            sequenced.mean_us,
            sequenced.sd_us,
            sequenced.p99_is_estimable,
            sequenced.alert_threshold,
            sequenced.days_covered,
            sequenced.excluded,
            sequenced.excluded_hours,
            sequenced.is_new_normal,
            sequenced.p50_low_us,
            sequenced.p50_high_us,
            sequenced.p75_low_us,
            sequenced.p75_high_us,
            sequenced.p90_low_us,
            sequenced.p90_high_us,
            sequenced.p95_low_us,
            sequenced.p95_high_us,
            sequenced.p99_low_us,
            sequenced.p99_high_us,
            sequenced.p50_is_estimable,
            sequenced.p75_is_estimable,
            sequenced.p90_is_estimable,
            sequenced.p95_is_estimable,
            sequenced.anchor_days,
            sequenced.creep_limit,
            sequenced.previous_as_of,
            sequenced.previous_n_calls,
            sequenced.previous_p50_us,
            sequenced.previous_p99_us,
            sequenced.previous_config_hash,
            sequenced.previous_excluded,
            sequenced.previous_excluded_hours,
            anchors.as_of AS anchor_as_of,
            ((sequenced.p50_us / anchors.p50_us) - (1)::double precision) AS drift,
            COALESCE((revised.excluded <> sequenced.excluded), false) AS is_excluded_anew,
            (sequenced.is_new_normal OR ((sequenced.excluded_hours = (0)::double precision) AND (EXISTS ( SELECT 1
                   FROM jsonb_to_recordset(sequenced.previous_excluded) parts("to" timestamp with time zone, origin text)
                  WHERE ((parts.origin = 'alert'::text) AND (parts."to" > (sequenced.as_of - make_interval(days => sequenced.lookback_days)))))))) AS became_normal
           FROM ((sequenced
             LEFT JOIN versions anchors ON (((sequenced.operation_id = anchors.operation_id) AND (sequenced.branch_id = anchors.branch_id) AND ((sequenced.as_of - make_interval(days => sequenced.anchor_days)) = anchors.as_of))))
             LEFT JOIN oplatency.baselines revised ON (((sequenced.operation_id = revised.operation_id) AND (sequenced.branch_id = revised.branch_id) AND (sequenced.as_of = revised.as_of) AND (sequenced.config_hash = revised.config_hash) AND (sequenced.revision = (revised.revision + 1)))))
          WHERE (sequenced.previous_as_of IS NOT NULL)
        )
 SELECT operation_id,
    branch_id,
    as_of,
    previous_as_of,
    n_calls,
    previous_n_calls,
    p50_us,
    previous_p50_us,
    p99_us,
    previous_p99_us,
    ((100)::double precision * ((p99_us / previous_p99_us) - (1)::double precision)) AS p99_change_pct,
    ((p99_us > ((2)::double precision * previous_p99_us)) OR (previous_p99_us > ((2)::double precision * p99_us))) AS needs_review,
    concat_ws('; '::text,
        CASE
            WHEN (config_hash <> previous_config_hash) THEN 'settings changed'::text
            WHEN ((p99_us = previous_p99_us) AND (n_calls = previous_n_calls)) THEN 'unchanged'::text
            ELSE (('calls of '::text || ((as_of)::date - (previous_as_of)::date)) || ' newer days'::text)
        END,
        CASE
            WHEN ((revision > 1) AND is_excluded_anew) THEN (('exclusion (revision '::text || revision) || ')'::text)
            WHEN (revision > 1) THEN (('late calls (revision '::text || revision) || ')'::text)
            ELSE NULL::text
        END,
        CASE
            WHEN (excluded_hours <> previous_excluded_hours) THEN ((('exclusion of '::text || round((excluded_hours)::numeric, 1)) || ' hours instead of '::text) || round((previous_excluded_hours)::numeric, 1))
            ELSE NULL::text
        END,
        CASE
            WHEN became_normal THEN 'new normal'::text
            ELSE NULL::text
        END,
        CASE
            WHEN ((drift >= creep_limit) OR (drift <= (((1)::double precision / ((1)::double precision + creep_limit)) - (1)::double precision))) THEN (((('creep: median '::text || to_char(((100)::double precision * drift), 'FMSG9990'::text)) || ' % against '::text) || anchor_days) || ' days before'::text)
            ELSE NULL::text
        END) AS reason,
    revision,
    excluded_hours,
    became_normal AS is_new_normal,
    anchor_as_of,
    ((100)::double precision * drift) AS drift_pct,
    COALESCE(((drift >= creep_limit) OR (drift <= (((1)::double precision / ((1)::double precision + creep_limit)) - (1)::double precision))), false) AS is_creeping
   FROM compared;

COMMENT ON VIEW oplatency.baseline_changes IS 'What changed from one baseline of an operation and branch to the next, and why.';

CREATE TABLE oplatency.baseline_profiles (
    baseline_id bigint NOT NULL,
    n_days integer NOT NULL,
    is_seasonal boolean NOT NULL,
    hour_offsets double precision[] NOT NULL,
    location double precision NOT NULL,
    scale_up double precision NOT NULL,
    scale_down double precision NOT NULL,
    news_z double precision[],
    CONSTRAINT baseline_profiles_hour_offsets_ck CHECK ((cardinality(hour_offsets) = 24)),
    CONSTRAINT baseline_profiles_news_z_ck CHECK ((cardinality(news_z) = 96)),
    CONSTRAINT baseline_profiles_scale_down_ck CHECK (((scale_down > (0)::double precision) AND (scale_down < 'Infinity'::double precision))),
    CONSTRAINT baseline_profiles_scale_up_ck CHECK (((scale_up > (0)::double precision) AND (scale_up < 'Infinity'::double precision)))
);

COMMENT ON TABLE oplatency.baseline_profiles IS 'What a normal call looks like, per baseline version, in ln(microseconds).';

COMMENT ON COLUMN oplatency.baseline_profiles.baseline_id IS 'Baseline it belongs to.';

COMMENT ON COLUMN oplatency.baseline_profiles.n_days IS 'Days with enough calls for a daily median.';

COMMENT ON COLUMN oplatency.baseline_profiles.is_seasonal IS 'Whether hours differ: true from 48 calls on.';

COMMENT ON COLUMN oplatency.baseline_profiles.hour_offsets IS 'Usual level of each UTC hour of the day, ln(microseconds), 24 values.';

COMMENT ON COLUMN oplatency.baseline_profiles.location IS 'Location of the residuals after the hour''s level is taken off, ln units.';

COMMENT ON COLUMN oplatency.baseline_profiles.scale_up IS 'Scale of slow residuals, ln units.';

COMMENT ON COLUMN oplatency.baseline_profiles.scale_down IS 'Scale of fast residuals, ln units.';

COMMENT ON COLUMN oplatency.baseline_profiles.news_z IS 'From which z on a slow call may alert, per quarter of an hour of the UTC day, 96 values; null = not learnt: points.warning_z.';

ALTER TABLE oplatency.baselines ALTER COLUMN baseline_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.baselines_baseline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.bootstrap_loads (
    as_of timestamp with time zone NOT NULL,
    is_only boolean DEFAULT true NOT NULL,
    loaded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT bootstrap_loads_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT bootstrap_loads_is_only_ck CHECK (is_only)
);

COMMENT ON TABLE oplatency.bootstrap_loads IS 'At most one row: the instant the bootstrap data was loaded relative to.';

COMMENT ON COLUMN oplatency.bootstrap_loads.as_of IS 'End of the bootstrap data''s seven days; a UTC day boundary.';

COMMENT ON COLUMN oplatency.bootstrap_loads.is_only IS 'Keeps the table at one row.';

COMMENT ON COLUMN oplatency.bootstrap_loads.loaded_at IS 'When it was loaded.';

CREATE TABLE oplatency.branches (
    branch_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT branches_name_ck CHECK ((btrim(name) <> ''::text))
);

COMMENT ON TABLE oplatency.branches IS 'One row per branch; 0 stands for all branches, -1 for unknown.';

COMMENT ON COLUMN oplatency.branches.branch_id IS 'Surrogate key; 0 = all branches (baselines and findings only), -1 = unknown.';

COMMENT ON COLUMN oplatency.branches.name IS 'Name as the source reports it.';

ALTER TABLE oplatency.branches ALTER COLUMN branch_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME oplatency.branches_branch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oplatency.configuration_uses ALTER COLUMN use_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.configuration_uses_use_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE oplatency.configurations ALTER COLUMN config_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.configurations_config_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.correlation_groups (
    as_of timestamp with time zone NOT NULL,
    group_no integer NOT NULL,
    members text[] NOT NULL,
    onset_at timestamp with time zone,
    bottleneck text NOT NULL,
    recommendation text NOT NULL,
    is_alerting boolean NOT NULL,
    CONSTRAINT correlation_groups_members_ck CHECK ((cardinality(members) >= 2))
);

COMMENT ON TABLE oplatency.correlation_groups IS 'One row per group of operations that slow together within a window.';

COMMENT ON COLUMN oplatency.correlation_groups.as_of IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.correlation_groups.group_no IS 'Number within the window, largest group first.';

COMMENT ON COLUMN oplatency.correlation_groups.members IS 'Names of the operations, sorted.';

COMMENT ON COLUMN oplatency.correlation_groups.onset_at IS 'First bin in which at least two members were slow; null = none was.';

COMMENT ON COLUMN oplatency.correlation_groups.bottleneck IS 'Likely shared cause.';

COMMENT ON COLUMN oplatency.correlation_groups.recommendation IS 'What to look at first, in plain words.';

COMMENT ON COLUMN oplatency.correlation_groups.is_alerting IS 'Whether the evidence is enough to tell a person.';

CREATE TABLE oplatency.correlations (
    as_of timestamp with time zone NOT NULL,
    operation_a_id integer NOT NULL,
    operation_b_id integer NOT NULL,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer NOT NULL,
    effective_n double precision NOT NULL,
    p double precision NOT NULL,
    q double precision NOT NULL,
    lag_bins integer NOT NULL,
    strength text NOT NULL,
    group_no integer NOT NULL,
    bottleneck text NOT NULL,
    CONSTRAINT correlations_p_ck CHECK (((p >= (0)::double precision) AND (p <= (1)::double precision))),
    CONSTRAINT correlations_pair_ck CHECK ((operation_a_id <> operation_b_id)),
    CONSTRAINT correlations_q_ck CHECK (((q >= (0)::double precision) AND (q <= (1)::double precision))),
    CONSTRAINT correlations_strength_ck CHECK ((strength = ANY (ARRAY['moderate'::text, 'strong'::text, 'critical'::text, 'co-exceedance'::text])))
);

COMMENT ON TABLE oplatency.correlations IS 'One row per pair of operations that slow together within a window.';

COMMENT ON COLUMN oplatency.correlations.as_of IS 'End of the window, exclusive; a whole UTC hour.';

COMMENT ON COLUMN oplatency.correlations.operation_a_id IS 'First operation of the pair, by name.';

COMMENT ON COLUMN oplatency.correlations.operation_b_id IS 'Second operation of the pair, by name.';

COMMENT ON COLUMN oplatency.correlations.raw_pearson IS 'Pearson over one-minute means of durations; null where it is not defined.';

COMMENT ON COLUMN oplatency.correlations.raw_spearman IS 'Spearman over the same; null where it is not defined.';

COMMENT ON COLUMN oplatency.correlations.corrected IS 'Pearson over residuals, what all operations share taken off; null where too few bins are common.';

COMMENT ON COLUMN oplatency.correlations.joint_bins IS 'Bins in which both were slow.';

COMMENT ON COLUMN oplatency.correlations.effective_n IS 'Independent bins, autocorrelation taken off.';

COMMENT ON COLUMN oplatency.correlations.p IS 'One-sided probability under independence.';

COMMENT ON COLUMN oplatency.correlations.q IS 'The same after Benjamini-Hochberg over all pairs.';

COMMENT ON COLUMN oplatency.correlations.lag_bins IS 'Shift of b against a at which they match best, in bins.';

COMMENT ON COLUMN oplatency.correlations.strength IS 'Class of the corrected coefficient.';

COMMENT ON COLUMN oplatency.correlations.group_no IS 'Group of the pair within the window.';

COMMENT ON COLUMN oplatency.correlations.bottleneck IS 'Likely shared cause.';

CREATE TABLE oplatency.degradations (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    lookback_days integer NOT NULL,
    n_before bigint NOT NULL,
    n_after bigint NOT NULL,
    before_us double precision NOT NULL,
    after_us double precision NOT NULL,
    z double precision NOT NULL,
    effect double precision NOT NULL,
    effect_low double precision,
    effect_high double precision,
    shape text NOT NULL,
    severity text NOT NULL,
    is_alerting boolean NOT NULL,
    kind text DEFAULT 'shift'::text NOT NULL,
    classical_z double precision,
    quantile_shifts double precision[],
    onset_at timestamp with time zone,
    onset_low_at timestamp with time zone,
    onset_high_at timestamp with time zone,
    undated_because text,
    CONSTRAINT degradations_classical_z_ck CHECK ((abs(classical_z) < 'Infinity'::double precision)),
    CONSTRAINT degradations_effect_ck CHECK (((effect_low <= effect) AND (effect <= effect_high))),
    CONSTRAINT degradations_kind_ck CHECK ((kind = ANY (ARRAY['shift'::text, 'tail'::text, 'trend'::text]))),
    CONSTRAINT degradations_onset_ck CHECK (((onset_low_at <= onset_at) AND (onset_at <= onset_high_at))),
    CONSTRAINT degradations_quantile_shifts_ck CHECK ((cardinality(quantile_shifts) = 5)),
    CONSTRAINT degradations_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text]))),
    CONSTRAINT degradations_window_ck CHECK ((window_start < window_end))
);

COMMENT ON TABLE oplatency.degradations IS 'One row per operation whose newest days are slower or faster than the days before.';

COMMENT ON COLUMN oplatency.degradations.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.degradations.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.degradations.window_start IS 'First instant of the newest days, inclusive.';

COMMENT ON COLUMN oplatency.degradations.window_end IS 'End of the newest days, exclusive; the day that closed.';

COMMENT ON COLUMN oplatency.degradations.lookback_days IS 'Days looked at, the newest included.';

COMMENT ON COLUMN oplatency.degradations.n_before IS 'Calls before window_start.';

COMMENT ON COLUMN oplatency.degradations.n_after IS 'Calls in the window.';

COMMENT ON COLUMN oplatency.degradations.before_us IS 'Before, microseconds: the median; for a tail the quantile that moved; for a trend the level its line begins at.';

COMMENT ON COLUMN oplatency.degradations.after_us IS 'In the window, microseconds: the median; for a tail the quantile; for a trend the level its line ends at.';

COMMENT ON COLUMN oplatency.degradations.z IS 'Standard score of the shift, day-to-day wobble included.';

COMMENT ON COLUMN oplatency.degradations.effect IS 'Typical ratio of new to old calls - 1 (Hodges-Lehmann on ln duration).';

COMMENT ON COLUMN oplatency.degradations.effect_low IS 'Lower end of its 95 % interval; null = too few calls to bear one.';

COMMENT ON COLUMN oplatency.degradations.effect_high IS 'Upper end of its 95 % interval; null = too few calls to bear one.';

COMMENT ON COLUMN oplatency.degradations.shape IS 'uniform, tail or spread: which quantiles moved.';

COMMENT ON COLUMN oplatency.degradations.severity IS 'INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';

COMMENT ON COLUMN oplatency.degradations.is_alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.degradations.kind IS 'shift: the level of the newest days; tail: their share of slow calls; trend: a drift over the window, or against weeks ago.';

COMMENT ON COLUMN oplatency.degradations.classical_z IS 'Difference of the raw means in standard errors, for comparison; null = a trend, which has none.';

COMMENT ON COLUMN oplatency.degradations.quantile_shifts IS 'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';

COMMENT ON COLUMN oplatency.degradations.onset_at IS 'Most likely start of the change; null = it was not dated.';

COMMENT ON COLUMN oplatency.degradations.onset_low_at IS 'Earliest start, 95 %; null = it was not dated.';

COMMENT ON COLUMN oplatency.degradations.onset_high_at IS 'Latest start, 95 %; null = it was not dated.';

COMMENT ON COLUMN oplatency.degradations.undated_because IS 'Why the change has no onset; null = it has one, or was found before this was noted.';

CREATE TABLE oplatency.detection_trials (
    as_of timestamp with time zone NOT NULL,
    operation_id integer NOT NULL,
    rule text NOT NULL,
    slowdown double precision NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    n_calls bigint NOT NULL,
    is_found boolean NOT NULL,
    delay_s double precision,
    config_hash text NOT NULL,
    tried_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT detection_trials_as_of_ck CHECK ((as_of = date_trunc('day'::text, as_of, 'UTC'::text))),
    CONSTRAINT detection_trials_delay_ck CHECK (((delay_s >= (0)::double precision) AND (delay_s < 'Infinity'::double precision))),
    CONSTRAINT detection_trials_found_ck CHECK ((is_found = (delay_s IS NOT NULL))),
    CONSTRAINT detection_trials_n_calls_ck CHECK ((n_calls >= 1)),
    CONSTRAINT detection_trials_rule_ck CHECK ((rule = ANY (ARRAY['point'::text, 'shift'::text]))),
    CONSTRAINT detection_trials_slowdown_ck CHECK (((slowdown > (0)::double precision) AND (slowdown < 'Infinity'::double precision))),
    CONSTRAINT detection_trials_window_ck CHECK ((window_start < window_end))
);

COMMENT ON TABLE oplatency.detection_trials IS 'One row per slow-down that was made up in a copy of last week, to see whether detection finds it. No call is changed.';

COMMENT ON COLUMN oplatency.detection_trials.as_of IS 'End of the week that was copied; the baselines in force then judge.';

COMMENT ON COLUMN oplatency.detection_trials.operation_id IS 'Operation whose copied calls were slowed down.';

COMMENT ON COLUMN oplatency.detection_trials.rule IS 'point: hours, for the alert rule of points; shift: the last day, for the rule of shifts.';

COMMENT ON COLUMN oplatency.detection_trials.slowdown IS 'By how much: 1 = every call took twice as long; no unit.';

COMMENT ON COLUMN oplatency.detection_trials.window_start IS 'First instant of the calls that were slowed down, as they really came.';

COMMENT ON COLUMN oplatency.detection_trials.window_end IS 'End of them, exclusive.';

COMMENT ON COLUMN oplatency.detection_trials.n_calls IS 'Calls that were slowed down.';

COMMENT ON COLUMN oplatency.detection_trials.is_found IS 'Whether it would have alerted a person.';

COMMENT ON COLUMN oplatency.detection_trials.delay_s IS 'From the start of the slow-down to the end of the hour or day in which it alerted, seconds; null = it did not.';

COMMENT ON COLUMN oplatency.detection_trials.config_hash IS 'Settings it was judged with.';

COMMENT ON COLUMN oplatency.detection_trials.tried_at IS 'When it was tried.';

CREATE TABLE oplatency.dirty_ranges (
    operation_id integer NOT NULL,
    hour_at timestamp with time zone NOT NULL,
    batch_id bigint NOT NULL,
    brought_by xid8 DEFAULT pg_current_xact_id() NOT NULL
);

COMMENT ON TABLE oplatency.dirty_ranges IS 'Log of hours that gained facts; oplatency refresh deletes what it takes up, in the transaction that marks the results that lack them.';

COMMENT ON COLUMN oplatency.dirty_ranges.operation_id IS 'Operation that gained facts.';

COMMENT ON COLUMN oplatency.dirty_ranges.hour_at IS 'UTC hour they fall into.';

COMMENT ON COLUMN oplatency.dirty_ranges.batch_id IS 'Batch that brought them; negative = minus the number of the transaction that recorded them.';

COMMENT ON COLUMN oplatency.dirty_ranges.brought_by IS 'Transaction that brought the facts: a result has seen them where its snapshot has.';

CREATE TABLE oplatency.excluded_intervals (
    interval_id bigint NOT NULL,
    operation_id integer NOT NULL,
    branch_id integer DEFAULT 0 NOT NULL,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    is_kept boolean DEFAULT false NOT NULL,
    origin text NOT NULL,
    reason text NOT NULL,
    known_at timestamp with time zone NOT NULL,
    noted_by text NOT NULL,
    noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    removed_at timestamp with time zone,
    removed_by text,
    CONSTRAINT excluded_intervals_interval_ck CHECK ((from_at < to_at)),
    CONSTRAINT excluded_intervals_origin_ck CHECK ((origin = ANY (ARRAY['person'::text, 'incident'::text]))),
    CONSTRAINT excluded_intervals_reason_ck CHECK ((btrim(reason) <> ''::text)),
    CONSTRAINT excluded_intervals_removed_ck CHECK (((removed_at IS NULL) = (removed_by IS NULL)))
);

COMMENT ON TABLE oplatency.excluded_intervals IS 'One row per stretch that people or incidents say is no part of what is normal, or is, against the alert rule.';

COMMENT ON COLUMN oplatency.excluded_intervals.interval_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.excluded_intervals.operation_id IS 'Operation whose calls are left out.';

COMMENT ON COLUMN oplatency.excluded_intervals.branch_id IS 'Branch whose calls are left out; 0 = all branches.';

COMMENT ON COLUMN oplatency.excluded_intervals.from_at IS 'First instant, inclusive.';

COMMENT ON COLUMN oplatency.excluded_intervals.to_at IS 'End, exclusive.';

COMMENT ON COLUMN oplatency.excluded_intervals.is_kept IS 'True = the opposite: what the alert rule finds in it stays in the baselines.';

COMMENT ON COLUMN oplatency.excluded_intervals.origin IS 'Who says so: person or incident.';

COMMENT ON COLUMN oplatency.excluded_intervals.reason IS 'Why, in words.';

COMMENT ON COLUMN oplatency.excluded_intervals.known_at IS 'Baselines as of this instant or later take it into account.';

COMMENT ON COLUMN oplatency.excluded_intervals.noted_by IS 'Who noted it.';

COMMENT ON COLUMN oplatency.excluded_intervals.noted_at IS 'When it was noted.';

COMMENT ON COLUMN oplatency.excluded_intervals.removed_at IS 'When it was taken back; null = it holds.';

COMMENT ON COLUMN oplatency.excluded_intervals.removed_by IS 'Who took it back; null = it holds.';

ALTER TABLE oplatency.excluded_intervals ALTER COLUMN interval_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.excluded_intervals_interval_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.ingest_batches (
    batch_id bigint NOT NULL,
    run_token uuid NOT NULL,
    source text NOT NULL,
    format text NOT NULL,
    path text NOT NULL,
    content_hash bytea NOT NULL,
    assume_tz text,
    resolution_us bigint DEFAULT 1 NOT NULL,
    status text NOT NULL,
    rows_in bigint DEFAULT 0 NOT NULL,
    accepted bigint DEFAULT 0 NOT NULL,
    duplicate bigint DEFAULT 0 NOT NULL,
    quarantined bigint DEFAULT 0 NOT NULL,
    reasons jsonb DEFAULT '{}'::jsonb NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    seconds double precision DEFAULT 0 NOT NULL,
    received_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    published_at timestamp with time zone,
    redrive_of bigint,
    new_operations text,
    detect_unit_slips boolean DEFAULT true NOT NULL,
    idempotency_key text,
    newest_call_at timestamp with time zone,
    CONSTRAINT ingest_batches_balance_ck CHECK (((status <> ALL (ARRAY['published'::text, 'partial_source'::text, 'failed'::text])) OR (rows_in = ((accepted + duplicate) + quarantined)))),
    CONSTRAINT ingest_batches_new_operations_ck CHECK ((new_operations = ANY (ARRAY['admit'::text, 'hold'::text]))),
    CONSTRAINT ingest_batches_status_ck CHECK ((status = ANY (ARRAY['staged'::text, 'audited'::text, 'failed'::text, 'published'::text, 'partial_source'::text, 'superseded'::text])))
);

COMMENT ON TABLE oplatency.ingest_batches IS 'One row per file or poll that was brought in; its counts balance.';

COMMENT ON COLUMN oplatency.ingest_batches.batch_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.ingest_batches.run_token IS 'Fencing token: names the attempt whose staged rows may be published.';

COMMENT ON COLUMN oplatency.ingest_batches.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.ingest_batches.format IS 'How the bytes were read: csv or pgbench; builtin for committed data.';

COMMENT ON COLUMN oplatency.ingest_batches.path IS 'Where the bytes came from.';

COMMENT ON COLUMN oplatency.ingest_batches.content_hash IS 'SHA-256 of the bytes.';

COMMENT ON COLUMN oplatency.ingest_batches.assume_tz IS 'IANA zone assumed for times without an offset; null = none was.';

COMMENT ON COLUMN oplatency.ingest_batches.resolution_us IS 'Microseconds by which claimed durations, ends and periods may differ from the facts.';

COMMENT ON COLUMN oplatency.ingest_batches.status IS 'staged, audited, failed, published, partial_source (published, but its last row was cut off), or superseded by a newer attempt.';

COMMENT ON COLUMN oplatency.ingest_batches.rows_in IS 'Rows in the input, headers not counted.';

COMMENT ON COLUMN oplatency.ingest_batches.accepted IS 'Rows that became facts.';

COMMENT ON COLUMN oplatency.ingest_batches.duplicate IS 'Rows that were facts already.';

COMMENT ON COLUMN oplatency.ingest_batches.quarantined IS 'Rows put aside with a reason.';

COMMENT ON COLUMN oplatency.ingest_batches.reasons IS 'Quarantined rows by reason code.';

COMMENT ON COLUMN oplatency.ingest_batches.bytes IS 'Size of the input in bytes.';

COMMENT ON COLUMN oplatency.ingest_batches.seconds IS 'Time from first byte to publish, in seconds.';

COMMENT ON COLUMN oplatency.ingest_batches.received_at IS 'When the input arrived; decides what is in the future and what beyond the horizon.';

COMMENT ON COLUMN oplatency.ingest_batches.opened_at IS 'When its reading began.';

COMMENT ON COLUMN oplatency.ingest_batches.published_at IS 'When its rows became facts; null before.';

COMMENT ON COLUMN oplatency.ingest_batches.redrive_of IS 'Batch whose quarantined rows were tried again; null = its rows came from a source. Its account holds only the rows that left the quarantine, which the account of that batch counts too.';

COMMENT ON COLUMN oplatency.ingest_batches.new_operations IS 'admit or hold: what the source declared for names that are not in the catalogue; null = the policy of the installation.';

COMMENT ON COLUMN oplatency.ingest_batches.detect_unit_slips IS 'Whether durations a thousand times off what is usual are refused.';

COMMENT ON COLUMN oplatency.ingest_batches.idempotency_key IS 'Name that the sender gave the delivery: the same name never brings other content; null = none was given.';

COMMENT ON COLUMN oplatency.ingest_batches.newest_call_at IS 'Latest start among the calls that were facts or became facts with it; null = none, or not published.';

ALTER TABLE oplatency.ingest_batches ALTER COLUMN batch_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.ingest_batches_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.job_runs (
    run_token uuid NOT NULL,
    job text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    scope text DEFAULT ''::text NOT NULL,
    config_hash text NOT NULL,
    status text NOT NULL,
    staged_digest text NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL,
    staged_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    audited_at timestamp with time zone,
    published_at timestamp with time zone,
    facts_from timestamp with time zone,
    facts_seen pg_snapshot,
    baselines_from timestamp with time zone,
    baselines_seen bigint,
    is_stale boolean DEFAULT false NOT NULL,
    CONSTRAINT job_runs_status_ck CHECK ((status = ANY (ARRAY['staged'::text, 'audited'::text, 'failed'::text, 'published'::text, 'superseded'::text]))),
    CONSTRAINT job_runs_window_ck CHECK ((window_start < window_end))
);

COMMENT ON TABLE oplatency.job_runs IS 'One row per attempt of a job over a window, from stage to publish.';

COMMENT ON COLUMN oplatency.job_runs.run_token IS 'Fencing token: names the staged rows; only the newest of a window may publish.';

COMMENT ON COLUMN oplatency.job_runs.job IS 'Name of the job, which is also its DAG.';

COMMENT ON COLUMN oplatency.job_runs.window_start IS 'First instant of the window, inclusive.';

COMMENT ON COLUMN oplatency.job_runs.window_end IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.job_runs.scope IS 'The one operation the run was limited to; empty = all.';

COMMENT ON COLUMN oplatency.job_runs.config_hash IS 'Settings the run used.';

COMMENT ON COLUMN oplatency.job_runs.status IS 'staged, audited, failed (audit refused), published, or superseded by a newer attempt.';

COMMENT ON COLUMN oplatency.job_runs.staged_digest IS 'MD5 over the staged rows; publishing checks that they are still these.';

COMMENT ON COLUMN oplatency.job_runs.result IS 'Counts the run reports.';

COMMENT ON COLUMN oplatency.job_runs.staged_at IS 'When the staged rows were committed.';

COMMENT ON COLUMN oplatency.job_runs.audited_at IS 'When the audit ended; null before.';

COMMENT ON COLUMN oplatency.job_runs.published_at IS 'When the rows were published; null before.';

COMMENT ON COLUMN oplatency.job_runs.facts_from IS 'First instant of the facts that the run read, inclusive; they end with the window; null = with the window they begin.';

COMMENT ON COLUMN oplatency.job_runs.facts_seen IS 'Snapshot in which the run read facts; null = not known, no facts that were noted later count as seen.';

COMMENT ON COLUMN oplatency.job_runs.baselines_from IS 'First instant whose baselines in force the run read; they end with the window; null = with the window they begin.';

COMMENT ON COLUMN oplatency.job_runs.baselines_seen IS 'Baselines with a number up to this were read by the run, or were found not to concern it; null = not known, none is weighed.';

COMMENT ON COLUMN oplatency.job_runs.is_stale IS 'Whether facts or baselines came that the run had not seen; of several published runs of a window only the newest counts.';

CREATE TABLE oplatency.marks (
    mark_id bigint NOT NULL,
    title text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    operations text[] NOT NULL,
    note text NOT NULL,
    CONSTRAINT marks_interval_ck CHECK ((began_at < ended_at)),
    CONSTRAINT marks_title_ck CHECK ((btrim(title) <> ''::text))
);

COMMENT ON TABLE oplatency.marks IS 'One row per incident, deployment or other event that a person has noted.';

COMMENT ON COLUMN oplatency.marks.mark_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.marks.title IS 'What happened, in a few words.';

COMMENT ON COLUMN oplatency.marks.began_at IS 'Begin, inclusive.';

COMMENT ON COLUMN oplatency.marks.ended_at IS 'End, exclusive.';

COMMENT ON COLUMN oplatency.marks.operations IS 'Names of the operations it is known to have touched; empty = not known.';

COMMENT ON COLUMN oplatency.marks.note IS 'The cause, in words; may be empty.';

ALTER TABLE oplatency.marks ALTER COLUMN mark_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.marks_mark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.merges (
    merge_id bigint NOT NULL,
    identity_hash bigint NOT NULL,
    source_branch_id integer NOT NULL,
    target_branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    total_us bigint NOT NULL,
    merge_base_us bigint,
    conflict_detection_us bigint,
    auto_resolution_us bigint,
    n_conflicts integer NOT NULL,
    n_auto_resolved integer NOT NULL,
    n_unresolved integer NOT NULL,
    merge_status text NOT NULL,
    outcome jsonb,
    batch_id bigint,
    CONSTRAINT merges_auto_resolution_ck CHECK ((auto_resolution_us >= 0)),
    CONSTRAINT merges_conflict_detection_ck CHECK ((conflict_detection_us >= 0)),
    CONSTRAINT merges_conflicts_ck CHECK (((n_conflicts >= 0) AND (n_auto_resolved >= 0) AND (n_unresolved >= 0) AND ((n_auto_resolved + n_unresolved) <= n_conflicts))),
    CONSTRAINT merges_merge_base_ck CHECK ((merge_base_us >= 0)),
    CONSTRAINT merges_status_ck CHECK ((merge_status = ANY (ARRAY['SUCCESS'::text, 'PARTIAL_SUCCESS'::text, 'FAILED'::text, 'ABANDONED'::text]))),
    CONSTRAINT merges_total_ck CHECK ((total_us >= 1))
);

COMMENT ON TABLE oplatency.merges IS 'One row per three-way merge with the time its phases took.';

COMMENT ON COLUMN oplatency.merges.merge_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.merges.identity_hash IS 'Identity of the merge; keeps a second load from adding it again.';

COMMENT ON COLUMN oplatency.merges.source_branch_id IS 'Branch that was merged.';

COMMENT ON COLUMN oplatency.merges.target_branch_id IS 'Branch it was merged into.';

COMMENT ON COLUMN oplatency.merges.user_id IS 'Who merged; -1 = unknown.';

COMMENT ON COLUMN oplatency.merges.started_at IS 'Start of the merge.';

COMMENT ON COLUMN oplatency.merges.total_us IS 'Whole duration in microseconds.';

COMMENT ON COLUMN oplatency.merges.merge_base_us IS 'Search for the common ancestor, in microseconds; null = not measured.';

COMMENT ON COLUMN oplatency.merges.conflict_detection_us IS 'Conflict detection, in microseconds; null = not measured.';

COMMENT ON COLUMN oplatency.merges.auto_resolution_us IS 'Automatic resolution, in microseconds; null = not measured.';

COMMENT ON COLUMN oplatency.merges.n_conflicts IS 'Conflicts found.';

COMMENT ON COLUMN oplatency.merges.n_auto_resolved IS 'Conflicts resolved by rule.';

COMMENT ON COLUMN oplatency.merges.n_unresolved IS 'Conflicts left to a person.';

COMMENT ON COLUMN oplatency.merges.merge_status IS 'SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED.';

COMMENT ON COLUMN oplatency.merges.outcome IS 'What else is known of the result; null = nothing.';

COMMENT ON COLUMN oplatency.merges.batch_id IS 'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';

ALTER TABLE oplatency.merges ALTER COLUMN merge_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.merges_merge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.metrics (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_us bigint NOT NULL,
    identity_hash bigint NOT NULL,
    batch_id bigint NOT NULL,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    CONSTRAINT metrics_branch_id_ck CHECK ((branch_id <> 0)),
    CONSTRAINT metrics_duration_ck CHECK ((duration_us >= 1))
)
PARTITION BY RANGE (started_at);

COMMENT ON TABLE oplatency.metrics IS 'One row per measured call; one partition per UTC day of its start.';

COMMENT ON COLUMN oplatency.metrics.operation_id IS 'Operation that was called.';

COMMENT ON COLUMN oplatency.metrics.branch_id IS 'Branch it ran on; -1 = unknown.';

COMMENT ON COLUMN oplatency.metrics.user_id IS 'Who called it; -1 = unknown.';

COMMENT ON COLUMN oplatency.metrics.started_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.metrics.duration_us IS 'Duration in whole microseconds, at least 1.';

COMMENT ON COLUMN oplatency.metrics.identity_hash IS 'First 8 bytes of SHA-256 over the event id, else over the canonical row and its ordinal.';

COMMENT ON COLUMN oplatency.metrics.batch_id IS 'Batch it came with; negative = minus the number of the transaction that recorded it.';

COMMENT ON COLUMN oplatency.metrics.session IS 'Session identifier; null = unknown.';

COMMENT ON COLUMN oplatency.metrics.rows_affected IS 'Rows touched; null = unknown.';

COMMENT ON COLUMN oplatency.metrics.memory_bytes IS 'Memory used in bytes; null = unknown.';

COMMENT ON COLUMN oplatency.metrics.cpu_us IS 'Processor time in microseconds; null = unknown.';

COMMENT ON COLUMN oplatency.metrics.metadata IS 'What else the source told, as a JSON object; null = nothing.';

COMMENT ON COLUMN oplatency.metrics.error IS 'Error the call ended with; null = it succeeded. Calls with an error enter no baseline.';

CREATE TABLE oplatency.operation_changes (
    change_no bigint NOT NULL,
    operation_id integer NOT NULL,
    setting text NOT NULL,
    old_value jsonb NOT NULL,
    new_value jsonb NOT NULL,
    note text NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    config_hash text NOT NULL,
    CONSTRAINT operation_changes_differ_ck CHECK ((old_value <> new_value)),
    CONSTRAINT operation_changes_note_ck CHECK ((btrim(note) <> ''::text)),
    CONSTRAINT operation_changes_setting_ck CHECK ((setting = ANY (ARRAY['alert_threshold'::text, 'is_tracked'::text, 'category'::text, 'min_effect'::text, 'scale_floor'::text])))
);

COMMENT ON TABLE oplatency.operation_changes IS 'One row per value that a person set for an operation; never changed, never deleted.';

COMMENT ON COLUMN oplatency.operation_changes.change_no IS 'Order of the changes.';

COMMENT ON COLUMN oplatency.operation_changes.operation_id IS 'Operation.';

COMMENT ON COLUMN oplatency.operation_changes.setting IS 'Column of operation_types that was set.';

COMMENT ON COLUMN oplatency.operation_changes.old_value IS 'Value before; JSON null = the general setting.';

COMMENT ON COLUMN oplatency.operation_changes.new_value IS 'Value from then on; JSON null = the general setting.';

COMMENT ON COLUMN oplatency.operation_changes.note IS 'Why, in words.';

COMMENT ON COLUMN oplatency.operation_changes.changed_by IS 'Who set it.';

COMMENT ON COLUMN oplatency.operation_changes.changed_at IS 'When it was set.';

COMMENT ON COLUMN oplatency.operation_changes.config_hash IS 'Configuration after the change, by which results name it.';

ALTER TABLE oplatency.operation_changes ALTER COLUMN change_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.operation_changes_change_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.operation_types (
    operation_id integer NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    area text NOT NULL,
    typical_duration_us bigint,
    is_tracked boolean DEFAULT true NOT NULL,
    alert_threshold double precision DEFAULT 2.0 NOT NULL,
    origin text NOT NULL,
    min_effect double precision,
    scale_floor double precision,
    CONSTRAINT operation_types_alert_threshold_ck CHECK (((alert_threshold >= (1)::double precision) AND (alert_threshold < 'Infinity'::double precision))),
    CONSTRAINT operation_types_category_ck CHECK ((category = ANY (ARRAY['READ'::text, 'WRITE'::text, 'ADMIN'::text, 'UNKNOWN'::text]))),
    CONSTRAINT operation_types_min_effect_ck CHECK (((min_effect > (0)::double precision) AND (min_effect < 'Infinity'::double precision))),
    CONSTRAINT operation_types_name_ck CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT operation_types_origin_ck CHECK ((origin = ANY (ARRAY['catalogue'::text, 'ingest'::text, 'person'::text]))),
    CONSTRAINT operation_types_scale_floor_ck CHECK (((scale_floor > (0)::double precision) AND (scale_floor < 'Infinity'::double precision))),
    CONSTRAINT operation_types_typical_duration_ck CHECK ((typical_duration_us > 0))
);

COMMENT ON TABLE oplatency.operation_types IS 'One row per named kind of work.';

COMMENT ON COLUMN oplatency.operation_types.operation_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.operation_types.name IS 'Name as the source reports it; unique, not blank.';

COMMENT ON COLUMN oplatency.operation_types.category IS 'READ, WRITE, ADMIN, or UNKNOWN where the name came with data.';

COMMENT ON COLUMN oplatency.operation_types.area IS 'Part of the measured system the operation belongs to.';

COMMENT ON COLUMN oplatency.operation_types.typical_duration_us IS 'Usual duration in microseconds; null where unknown.';

COMMENT ON COLUMN oplatency.operation_types.is_tracked IS 'Whether baselines and detection look at it.';

COMMENT ON COLUMN oplatency.operation_types.alert_threshold IS 'A call slower than baseline p99 times this is a violation.';

COMMENT ON COLUMN oplatency.operation_types.origin IS 'Who brought the name: the committed catalogue, an ingested batch, or a person.';

COMMENT ON COLUMN oplatency.operation_types.min_effect IS 'Smallest slow-down that is a finding, as a fraction; null = the setting points.min_effect.';

COMMENT ON COLUMN oplatency.operation_types.scale_floor IS 'Smallest scale, in ln(duration); null = the setting points.scale_floor.';

ALTER TABLE oplatency.operation_types ALTER COLUMN operation_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.operation_types_operation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE oplatency.polls (
    run_token uuid NOT NULL,
    source text NOT NULL,
    stream text NOT NULL,
    since_at timestamp with time zone NOT NULL,
    polled_at timestamp with time zone NOT NULL,
    watermark_at timestamp with time zone
);

COMMENT ON TABLE oplatency.polls IS 'One row per batch that came from a poll; publishing the batch moves the watermark.';

COMMENT ON COLUMN oplatency.polls.run_token IS 'The attempt whose batch this is.';

COMMENT ON COLUMN oplatency.polls.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.polls.stream IS 'Table or list of the source that was read.';

COMMENT ON COLUMN oplatency.polls.since_at IS 'Oldest mark that was asked for, inclusive.';

COMMENT ON COLUMN oplatency.polls.polled_at IS 'When the source was read.';

COMMENT ON COLUMN oplatency.polls.watermark_at IS 'Newest mark read that is not after the poll; null = all were.';

CREATE TABLE oplatency.quarantined_rows (
    quarantine_id bigint NOT NULL,
    batch_id bigint NOT NULL,
    row_no bigint NOT NULL,
    line_no bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    raw text NOT NULL,
    fields jsonb,
    released_at timestamp with time zone,
    released_batch_id bigint,
    discarded_at timestamp with time zone,
    discarded_by text,
    note text,
    redrive_batch_id bigint,
    CONSTRAINT quarantined_rows_discarded_ck CHECK (((discarded_at IS NULL) = (discarded_by IS NULL))),
    CONSTRAINT quarantined_rows_released_ck CHECK (((released_at IS NULL) = (released_batch_id IS NULL))),
    CONSTRAINT quarantined_rows_state_ck CHECK (((released_at IS NULL) OR (discarded_at IS NULL)))
);

COMMENT ON TABLE oplatency.quarantined_rows IS 'One row per input row that was refused, as it came, with the reason.';

COMMENT ON COLUMN oplatency.quarantined_rows.quarantine_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.quarantined_rows.batch_id IS 'Batch the row came with.';

COMMENT ON COLUMN oplatency.quarantined_rows.row_no IS 'Position among the rows of the input, from 1.';

COMMENT ON COLUMN oplatency.quarantined_rows.line_no IS 'Line of the input the row starts on, from 1.';

COMMENT ON COLUMN oplatency.quarantined_rows.reason IS 'Reason code; docs/architecture.md lists them.';

COMMENT ON COLUMN oplatency.quarantined_rows.detail IS 'The offending values, in words.';

COMMENT ON COLUMN oplatency.quarantined_rows.raw IS 'The row as it came; base64 where the reason is encoding.';

COMMENT ON COLUMN oplatency.quarantined_rows.fields IS 'Staged text by column name, absent where empty; null = the row could not be taken apart, it cannot be tried again.';

COMMENT ON COLUMN oplatency.quarantined_rows.released_at IS 'When it passed the gate after all; null = it has not.';

COMMENT ON COLUMN oplatency.quarantined_rows.released_batch_id IS 'Batch of the second try that it passed with; null = it has not.';

COMMENT ON COLUMN oplatency.quarantined_rows.discarded_at IS 'When a person gave it up; null = nobody has. It still counts as quarantined.';

COMMENT ON COLUMN oplatency.quarantined_rows.discarded_by IS 'Who gave it up; null = nobody has.';

COMMENT ON COLUMN oplatency.quarantined_rows.note IS 'What that person wrote; null = nothing.';

COMMENT ON COLUMN oplatency.quarantined_rows.redrive_batch_id IS 'Batch of the newest attempt that tried the row again, whatever came of it; null = none has.';

ALTER TABLE oplatency.quarantined_rows ALTER COLUMN quarantine_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME oplatency.quarantined_rows_quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE oplatency.recorded_calls_sq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

COMMENT ON SEQUENCE oplatency.recorded_calls_sq IS 'Numbers recorded calls, so that two equal ones have two identities.';

CREATE TABLE oplatency.recording_limits (
    operation_id integer NOT NULL,
    as_of timestamp with time zone NOT NULL,
    baseline_id bigint NOT NULL,
    limit_us double precision NOT NULL
);

COMMENT ON TABLE oplatency.recording_limits IS 'One row per operation with a baseline over all branches: the newest version''s limit. Written when baselines are published.';

COMMENT ON COLUMN oplatency.recording_limits.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.recording_limits.as_of IS 'As-of of the baseline; for calls that started before it another version holds.';

COMMENT ON COLUMN oplatency.recording_limits.baseline_id IS 'The newest baseline version.';

COMMENT ON COLUMN oplatency.recording_limits.limit_us IS 'Its p99 times its threshold, microseconds: a slower call is a violation.';

CREATE TABLE oplatency.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

COMMENT ON TABLE oplatency.schema_migrations IS 'One row per migration that was applied.';

COMMENT ON COLUMN oplatency.schema_migrations.version IS 'Number in the file name.';

COMMENT ON COLUMN oplatency.schema_migrations.name IS 'File name without its ending.';

COMMENT ON COLUMN oplatency.schema_migrations.checksum IS 'SHA-256 of the file when it was applied.';

COMMENT ON COLUMN oplatency.schema_migrations.applied_at IS 'When it was applied.';

CREATE TABLE oplatency.source_watermarks (
    source text NOT NULL,
    stream text NOT NULL,
    watermark_at timestamp with time zone,
    polled_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE oplatency.source_watermarks IS 'One row per stream of a polled source: how far it was read, and when last.';

COMMENT ON COLUMN oplatency.source_watermarks.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.source_watermarks.stream IS 'Table or list of the source that is read on its own.';

COMMENT ON COLUMN oplatency.source_watermarks.watermark_at IS 'Newest mark among the rows that were brought in, on the clock of the source; null = none was yet.';

COMMENT ON COLUMN oplatency.source_watermarks.polled_at IS 'When it was last read without an error, whether or not it had anything new.';

CREATE TABLE oplatency.spans (
    trace_id text NOT NULL,
    span_id text NOT NULL,
    parent_span_id text,
    operation_id integer,
    span_name text NOT NULL,
    branch_id integer NOT NULL,
    user_id integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_us bigint,
    span_status text NOT NULL,
    attributes jsonb,
    error jsonb,
    batch_id bigint,
    CONSTRAINT spans_duration_ck CHECK ((duration_us >= 0)),
    CONSTRAINT spans_status_ck CHECK ((span_status = ANY (ARRAY['RUNNING'::text, 'SUCCESS'::text, 'ERROR'::text])))
);

COMMENT ON TABLE oplatency.spans IS 'One row per timed step of a trace.';

COMMENT ON COLUMN oplatency.spans.trace_id IS 'Trace the step belongs to.';

COMMENT ON COLUMN oplatency.spans.span_id IS 'Step, unique within its trace.';

COMMENT ON COLUMN oplatency.spans.parent_span_id IS 'Step it is part of; null = root of the trace.';

COMMENT ON COLUMN oplatency.spans.operation_id IS 'Operation it measures; null = a step that is no catalogued operation.';

COMMENT ON COLUMN oplatency.spans.span_name IS 'Free text.';

COMMENT ON COLUMN oplatency.spans.branch_id IS 'Branch it ran on; -1 = unknown.';

COMMENT ON COLUMN oplatency.spans.user_id IS 'Who ran it; -1 = unknown.';

COMMENT ON COLUMN oplatency.spans.started_at IS 'Start of the step.';

COMMENT ON COLUMN oplatency.spans.duration_us IS 'Duration in microseconds; null = still running.';

COMMENT ON COLUMN oplatency.spans.span_status IS 'RUNNING, SUCCESS or ERROR.';

COMMENT ON COLUMN oplatency.spans.attributes IS 'What else the source told; null = nothing.';

COMMENT ON COLUMN oplatency.spans.error IS 'Error it ended with; null = none.';

COMMENT ON COLUMN oplatency.spans.batch_id IS 'Batch it came with; negative = minus the number of the transaction that recorded it; null = it came with none.';

CREATE TABLE oplatency.staged_anomalies (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    kind text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    observed_at timestamp with time zone,
    identity_hash bigint,
    duration_us double precision,
    expected_us double precision,
    z double precision,
    classical_z double precision,
    effect double precision,
    effect_low double precision,
    effect_high double precision,
    severity text,
    is_alerting boolean,
    baseline_id bigint,
    call_branch_id integer,
    baseline_level text
);

COMMENT ON TABLE oplatency.staged_anomalies IS 'Rows of anomalies that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_anomalies.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_anomalies.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.staged_anomalies.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.staged_anomalies.kind IS 'Rule that found it.';

COMMENT ON COLUMN oplatency.staged_anomalies.window_start IS 'First instant of the judged window, inclusive; for points the hour.';

COMMENT ON COLUMN oplatency.staged_anomalies.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.staged_anomalies.observed_at IS 'Start of the call; for windows their start.';

COMMENT ON COLUMN oplatency.staged_anomalies.identity_hash IS 'Identity of the call within its operation and start; 0 for windows.';

COMMENT ON COLUMN oplatency.staged_anomalies.duration_us IS 'Duration of the call, or median of the window, microseconds.';

COMMENT ON COLUMN oplatency.staged_anomalies.expected_us IS 'What the baseline expects there, microseconds.';

COMMENT ON COLUMN oplatency.staged_anomalies.z IS 'Robust standard score, positive = slow.';

COMMENT ON COLUMN oplatency.staged_anomalies.classical_z IS '(duration - mean) / standard deviation of the baseline, for comparison.';

COMMENT ON COLUMN oplatency.staged_anomalies.effect IS 'duration / expected - 1.';

COMMENT ON COLUMN oplatency.staged_anomalies.effect_low IS 'Lower end of the 95 % interval of the effect; null = single call.';

COMMENT ON COLUMN oplatency.staged_anomalies.effect_high IS 'Upper end of the 95 % interval of the effect; null = single call.';

COMMENT ON COLUMN oplatency.staged_anomalies.severity IS 'INFO (speed-up), WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.staged_anomalies.is_alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.staged_anomalies.baseline_id IS 'Baseline it was judged against.';

COMMENT ON COLUMN oplatency.staged_anomalies.call_branch_id IS 'Branch of the call; -1 = unknown; null = an hour of many calls, or found before this was noted.';

COMMENT ON COLUMN oplatency.staged_anomalies.baseline_level IS 'What the baseline was made from: the branch, the operation, or mostly like operations (the scales of few calls); null = found before this was noted.';

CREATE TABLE oplatency.staged_baselines (
    run_token uuid,
    baseline_id bigint,
    operation_id integer,
    branch_id integer,
    as_of timestamp with time zone,
    config_hash text,
    revision integer,
    lookback_days integer,
    n_calls bigint,
    hours_covered integer,
    min_us bigint,
    p50_us double precision,
    p75_us double precision,
    p90_us double precision,
    p95_us double precision,
    p99_us double precision,
    max_us bigint,
    mean_us double precision,
    sd_us double precision,
    p99_is_estimable boolean,
    alert_threshold double precision,
    n_days integer,
    is_seasonal boolean,
    hour_offsets double precision[],
    location double precision,
    scale_up double precision,
    scale_down double precision,
    days_covered double precision,
    excluded jsonb,
    excluded_hours double precision,
    is_new_normal boolean,
    p50_low_us double precision,
    p50_high_us double precision,
    p75_low_us double precision,
    p75_high_us double precision,
    p90_low_us double precision,
    p90_high_us double precision,
    p95_low_us double precision,
    p95_high_us double precision,
    p99_low_us double precision,
    p99_high_us double precision,
    news_z double precision[]
);

COMMENT ON TABLE oplatency.staged_baselines IS 'Candidate baselines with their profiles that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_baselines.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_baselines.baseline_id IS 'Surrogate key.';

COMMENT ON COLUMN oplatency.staged_baselines.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.staged_baselines.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.staged_baselines.as_of IS 'End of the look-back window, exclusive; a UTC day boundary.';

COMMENT ON COLUMN oplatency.staged_baselines.config_hash IS 'Settings it was computed with.';

COMMENT ON COLUMN oplatency.staged_baselines.revision IS 'Counts contents of the same key, from 1; late data makes a new one.';

COMMENT ON COLUMN oplatency.staged_baselines.lookback_days IS 'Length of the window in whole UTC days.';

COMMENT ON COLUMN oplatency.staged_baselines.n_calls IS 'Calls in the window, those with an error left out.';

COMMENT ON COLUMN oplatency.staged_baselines.hours_covered IS 'UTC hours of the window that hold at least one call.';

COMMENT ON COLUMN oplatency.staged_baselines.min_us IS 'Fastest call, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.p50_us IS 'Median, microseconds; exact, linear interpolation (type 7), as all percentiles here.';

COMMENT ON COLUMN oplatency.staged_baselines.p75_us IS '75th percentile, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.p90_us IS '90th percentile, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.p95_us IS '95th percentile, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.p99_us IS '99th percentile, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.max_us IS 'Slowest call, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.mean_us IS 'Arithmetic mean, microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.sd_us IS 'Sample standard deviation (n - 1), microseconds.';

COMMENT ON COLUMN oplatency.staged_baselines.p99_is_estimable IS 'Whether n allows a 95 % upper bound for p99 (n at least 299).';

COMMENT ON COLUMN oplatency.staged_baselines.alert_threshold IS 'A call slower than p99 times this is a violation.';

COMMENT ON COLUMN oplatency.staged_baselines.n_days IS 'Days with enough calls for a daily median.';

COMMENT ON COLUMN oplatency.staged_baselines.is_seasonal IS 'Whether hours differ: true from 48 calls on.';

COMMENT ON COLUMN oplatency.staged_baselines.hour_offsets IS 'Usual level of each UTC hour of the day, ln(microseconds), 24 values.';

COMMENT ON COLUMN oplatency.staged_baselines.location IS 'Location of the residuals after the hour''s level is taken off, ln units.';

COMMENT ON COLUMN oplatency.staged_baselines.scale_up IS 'Scale of slow residuals, ln units.';

COMMENT ON COLUMN oplatency.staged_baselines.scale_down IS 'Scale of fast residuals, ln units.';

COMMENT ON COLUMN oplatency.staged_baselines.days_covered IS 'Days of the window with calls, the first from its first call on; null = not measured then.';

COMMENT ON COLUMN oplatency.staged_baselines.excluded IS 'Stretches left out: from, to, origin (alert, person, incident), reason.';

COMMENT ON COLUMN oplatency.staged_baselines.excluded_hours IS 'Length of the stretches left out, hours.';

COMMENT ON COLUMN oplatency.staged_baselines.is_new_normal IS 'Whether more than the limit would have been left out, and so nothing was.';

COMMENT ON COLUMN oplatency.staged_baselines.p50_low_us IS 'Lower end of the 95 % interval of p50, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p50_high_us IS 'Upper end of the 95 % interval of p50, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p75_low_us IS 'Lower end of the 95 % interval of p75, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p75_high_us IS 'Upper end of the 95 % interval of p75, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p90_low_us IS 'Lower end of the 95 % interval of p90, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p90_high_us IS 'Upper end of the 95 % interval of p90, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p95_low_us IS 'Lower end of the 95 % interval of p95, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p95_high_us IS 'Upper end of the 95 % interval of p95, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p99_low_us IS 'Lower end of the 95 % interval of p99, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.p99_high_us IS 'Upper end of the 95 % interval of p99, microseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.staged_baselines.news_z IS 'From which z on a slow call may alert, per quarter of an hour of the UTC day, 96 values; null = not learnt: points.warning_z.';

CREATE TABLE oplatency.staged_correlation_groups (
    run_token uuid,
    as_of timestamp with time zone,
    group_no integer,
    members text[],
    onset_at timestamp with time zone,
    bottleneck text,
    recommendation text,
    is_alerting boolean
);

COMMENT ON TABLE oplatency.staged_correlation_groups IS 'Rows of correlation_groups that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.as_of IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.group_no IS 'Number within the window, largest group first.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.members IS 'Names of the operations, sorted.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.onset_at IS 'First bin in which at least two members were slow; null = none was.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.bottleneck IS 'Likely shared cause.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.recommendation IS 'What to look at first, in plain words.';

COMMENT ON COLUMN oplatency.staged_correlation_groups.is_alerting IS 'Whether the evidence is enough to tell a person.';

CREATE TABLE oplatency.staged_correlations (
    run_token uuid,
    as_of timestamp with time zone,
    operation_a_id integer,
    operation_b_id integer,
    raw_pearson double precision,
    raw_spearman double precision,
    corrected double precision,
    joint_bins integer,
    effective_n double precision,
    p double precision,
    q double precision,
    lag_bins integer,
    strength text,
    group_no integer,
    bottleneck text
);

COMMENT ON TABLE oplatency.staged_correlations IS 'Rows of correlations that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_correlations.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_correlations.as_of IS 'End of the window, exclusive; a whole UTC hour.';

COMMENT ON COLUMN oplatency.staged_correlations.operation_a_id IS 'First operation of the pair, by name.';

COMMENT ON COLUMN oplatency.staged_correlations.operation_b_id IS 'Second operation of the pair, by name.';

COMMENT ON COLUMN oplatency.staged_correlations.raw_pearson IS 'Pearson over one-minute means of durations; null where it is not defined.';

COMMENT ON COLUMN oplatency.staged_correlations.raw_spearman IS 'Spearman over the same; null where it is not defined.';

COMMENT ON COLUMN oplatency.staged_correlations.corrected IS 'Pearson over residuals, what all operations share taken off; null where too few bins are common.';

COMMENT ON COLUMN oplatency.staged_correlations.joint_bins IS 'Bins in which both were slow.';

COMMENT ON COLUMN oplatency.staged_correlations.effective_n IS 'Independent bins, autocorrelation taken off.';

COMMENT ON COLUMN oplatency.staged_correlations.p IS 'One-sided probability under independence.';

COMMENT ON COLUMN oplatency.staged_correlations.q IS 'The same after Benjamini-Hochberg over all pairs.';

COMMENT ON COLUMN oplatency.staged_correlations.lag_bins IS 'Shift of b against a at which they match best, in bins.';

COMMENT ON COLUMN oplatency.staged_correlations.strength IS 'Class of the corrected coefficient.';

COMMENT ON COLUMN oplatency.staged_correlations.group_no IS 'Group of the pair within the window.';

COMMENT ON COLUMN oplatency.staged_correlations.bottleneck IS 'Likely shared cause.';

CREATE TABLE oplatency.staged_degradations (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    lookback_days integer,
    n_before bigint,
    n_after bigint,
    before_us double precision,
    after_us double precision,
    z double precision,
    effect double precision,
    effect_low double precision,
    effect_high double precision,
    shape text,
    severity text,
    is_alerting boolean,
    kind text,
    classical_z double precision,
    quantile_shifts double precision[],
    onset_at timestamp with time zone,
    onset_low_at timestamp with time zone,
    onset_high_at timestamp with time zone,
    undated_because text
);

COMMENT ON TABLE oplatency.staged_degradations IS 'Rows of degradations that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_degradations.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_degradations.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.staged_degradations.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.staged_degradations.window_start IS 'First instant of the newest days, inclusive.';

COMMENT ON COLUMN oplatency.staged_degradations.window_end IS 'End of the newest days, exclusive; the day that closed.';

COMMENT ON COLUMN oplatency.staged_degradations.lookback_days IS 'Days looked at, the newest included.';

COMMENT ON COLUMN oplatency.staged_degradations.n_before IS 'Calls before window_start.';

COMMENT ON COLUMN oplatency.staged_degradations.n_after IS 'Calls in the window.';

COMMENT ON COLUMN oplatency.staged_degradations.before_us IS 'Median before, microseconds.';

COMMENT ON COLUMN oplatency.staged_degradations.after_us IS 'Median in the window, microseconds.';

COMMENT ON COLUMN oplatency.staged_degradations.z IS 'Standard score of the shift, day-to-day wobble included.';

COMMENT ON COLUMN oplatency.staged_degradations.effect IS 'Typical ratio of new to old calls - 1 (Hodges-Lehmann on ln duration).';

COMMENT ON COLUMN oplatency.staged_degradations.effect_low IS 'Lower end of its 95 % interval; null = too few calls to bear one.';

COMMENT ON COLUMN oplatency.staged_degradations.effect_high IS 'Upper end of its 95 % interval; null = too few calls to bear one.';

COMMENT ON COLUMN oplatency.staged_degradations.shape IS 'uniform, tail or spread: which quantiles moved.';

COMMENT ON COLUMN oplatency.staged_degradations.severity IS 'INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';

COMMENT ON COLUMN oplatency.staged_degradations.is_alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.staged_degradations.kind IS 'shift: the level of the newest days; tail: their share of slow calls; trend: a drift over the window, or against weeks ago.';

COMMENT ON COLUMN oplatency.staged_degradations.classical_z IS 'Difference of the raw means in standard errors, for comparison; null = a trend, which has none.';

COMMENT ON COLUMN oplatency.staged_degradations.quantile_shifts IS 'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';

COMMENT ON COLUMN oplatency.staged_degradations.onset_at IS 'Most likely start of the change; null = it was not dated.';

COMMENT ON COLUMN oplatency.staged_degradations.onset_low_at IS 'Earliest start, 95 %; null = it was not dated.';

COMMENT ON COLUMN oplatency.staged_degradations.onset_high_at IS 'Latest start, 95 %; null = it was not dated.';

COMMENT ON COLUMN oplatency.staged_degradations.undated_because IS 'Why the change has no onset; null = it has one, or was found before this was noted.';

CREATE UNLOGGED TABLE oplatency.staged_groups (
    run_token uuid NOT NULL,
    operation text,
    hour_at timestamp with time zone,
    branch text,
    user_name text,
    n_calls bigint NOT NULL,
    first_row_no bigint NOT NULL,
    n_plain bigint DEFAULT 0 NOT NULL,
    newest_at timestamp with time zone,
    least_us bigint,
    most_us bigint
);

COMMENT ON TABLE oplatency.staged_groups IS 'Staged calls of a run by operation and hour, by branch, and by user: one of the three is given. Unlogged.';

COMMENT ON COLUMN oplatency.staged_groups.run_token IS 'Attempt that staged the calls.';

COMMENT ON COLUMN oplatency.staged_groups.operation IS 'Operation; null = the row is about a branch or user.';

COMMENT ON COLUMN oplatency.staged_groups.hour_at IS 'UTC hour that the calls of the operation start in; null = the row is about a branch or user.';

COMMENT ON COLUMN oplatency.staged_groups.branch IS 'Branch; null = the row is about something else, or calls without a branch.';

COMMENT ON COLUMN oplatency.staged_groups.user_name IS 'User; null = the row is about something else, or calls without a user.';

COMMENT ON COLUMN oplatency.staged_groups.n_calls IS 'Calls.';

COMMENT ON COLUMN oplatency.staged_groups.first_row_no IS 'Position of the first of them among the rows of the input, from 1.';

COMMENT ON COLUMN oplatency.staged_groups.n_plain IS 'Of them, rows that were typed as they came and have no twin in staged_rows.';

COMMENT ON COLUMN oplatency.staged_groups.newest_at IS 'When the newest of them started.';

COMMENT ON COLUMN oplatency.staged_groups.least_us IS 'Shortest duration of them, microseconds.';

COMMENT ON COLUMN oplatency.staged_groups.most_us IS 'Longest duration of them, microseconds.';

CREATE UNLOGGED TABLE oplatency.staged_metrics (
    run_token uuid,
    row_no bigint,
    line_no bigint,
    operation text,
    branch text,
    user_name text,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    duration_us bigint,
    duration_ms double precision,
    period_start timestamp with time zone,
    identity_hash bigint,
    session text,
    rows_affected bigint,
    memory_bytes bigint,
    cpu_us bigint,
    metadata jsonb,
    error jsonb,
    is_plain boolean DEFAULT false NOT NULL,
    event_id text,
    gives_us boolean DEFAULT false NOT NULL,
    gives_end boolean DEFAULT false NOT NULL,
    of_span boolean DEFAULT false NOT NULL
);

COMMENT ON TABLE oplatency.staged_metrics IS 'Calls that passed the row rules and wait for the audit. Unlogged.';

COMMENT ON COLUMN oplatency.staged_metrics.run_token IS 'Attempt that staged the row.';

COMMENT ON COLUMN oplatency.staged_metrics.row_no IS 'Position among the rows of the input, from 1.';

COMMENT ON COLUMN oplatency.staged_metrics.line_no IS 'Line of the input the row starts on, from 1.';

COMMENT ON COLUMN oplatency.staged_metrics.operation IS 'Operation name.';

COMMENT ON COLUMN oplatency.staged_metrics.branch IS 'Branch name; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.user_name IS 'User name; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.started_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.staged_metrics.ended_at IS 'End of the call: the claimed one, else start plus duration.';

COMMENT ON COLUMN oplatency.staged_metrics.duration_us IS 'Duration in whole microseconds.';

COMMENT ON COLUMN oplatency.staged_metrics.duration_ms IS 'Duration in milliseconds: the claimed one, else derived.';

COMMENT ON COLUMN oplatency.staged_metrics.period_start IS 'UTC day of the start: the claimed one, else derived.';

COMMENT ON COLUMN oplatency.staged_metrics.identity_hash IS 'Identity of the event within its operation and start.';

COMMENT ON COLUMN oplatency.staged_metrics.session IS 'Session identifier; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.rows_affected IS 'Rows touched; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.memory_bytes IS 'Memory used in bytes; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.cpu_us IS 'Processor time in microseconds; null = unknown.';

COMMENT ON COLUMN oplatency.staged_metrics.metadata IS 'What else the source told; null = nothing.';

COMMENT ON COLUMN oplatency.staged_metrics.error IS 'Error the call ended with; null = it succeeded.';

COMMENT ON COLUMN oplatency.staged_metrics.is_plain IS 'Whether the row was typed as it came and has no twin in staged_rows.';

COMMENT ON COLUMN oplatency.staged_metrics.event_id IS 'Identity given by the source; null = none.';

COMMENT ON COLUMN oplatency.staged_metrics.gives_us IS 'Whether the row gave its duration in microseconds.';

COMMENT ON COLUMN oplatency.staged_metrics.gives_end IS 'Whether the row gave its end.';

COMMENT ON COLUMN oplatency.staged_metrics.of_span IS 'Whether the call is a span too, and its row is counted there.';

CREATE UNLOGGED TABLE oplatency.staged_refusals (
    run_token uuid NOT NULL,
    row_no bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL
);

COMMENT ON TABLE oplatency.staged_refusals IS 'Rows that passed their own rules and were refused for the company they came in. Unlogged.';

COMMENT ON COLUMN oplatency.staged_refusals.run_token IS 'Attempt that staged the row.';

COMMENT ON COLUMN oplatency.staged_refusals.row_no IS 'Position among the rows of the input, from 1.';

COMMENT ON COLUMN oplatency.staged_refusals.reason IS 'Reason code.';

COMMENT ON COLUMN oplatency.staged_refusals.detail IS 'The offending values, in words.';

CREATE UNLOGGED TABLE oplatency.staged_rows (
    run_token uuid NOT NULL,
    row_no bigint NOT NULL,
    line_no bigint NOT NULL,
    raw text NOT NULL,
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
    error text,
    kind text,
    record text
);

COMMENT ON TABLE oplatency.staged_rows IS 'Input rows as text, before any rule was applied. Unlogged: lost in a crash, staged again by the retry.';

COMMENT ON COLUMN oplatency.staged_rows.run_token IS 'Attempt that staged the row.';

COMMENT ON COLUMN oplatency.staged_rows.row_no IS 'Position among the rows of the input, from 1.';

COMMENT ON COLUMN oplatency.staged_rows.line_no IS 'Line of the input the row starts on, from 1.';

COMMENT ON COLUMN oplatency.staged_rows.raw IS 'The row as it came; base64 where it is not valid UTF-8.';

COMMENT ON COLUMN oplatency.staged_rows.problem IS 'Reason code where the reader already refused the row; null = none.';

COMMENT ON COLUMN oplatency.staged_rows.problem_detail IS 'What the reader saw; null = no problem.';

COMMENT ON COLUMN oplatency.staged_rows.operation IS 'Operation name as text.';

COMMENT ON COLUMN oplatency.staged_rows.started_at IS 'Start as text.';

COMMENT ON COLUMN oplatency.staged_rows.ended_at IS 'Claimed end as text; null = not claimed.';

COMMENT ON COLUMN oplatency.staged_rows.duration_us IS 'Duration in microseconds as text; null = not given.';

COMMENT ON COLUMN oplatency.staged_rows.duration_ms IS 'Duration in milliseconds as text; null = not given.';

COMMENT ON COLUMN oplatency.staged_rows.period_start IS 'Claimed UTC day as text; null = not claimed.';

COMMENT ON COLUMN oplatency.staged_rows.event_id IS 'Identity given by the source; null = none.';

COMMENT ON COLUMN oplatency.staged_rows.branch IS 'Branch name; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.user_name IS 'User name; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.session IS 'Session identifier; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.rows_affected IS 'Rows touched, as text; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.memory_bytes IS 'Memory used in bytes, as text; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.cpu_us IS 'Processor time in microseconds, as text; null = unknown.';

COMMENT ON COLUMN oplatency.staged_rows.metadata IS 'JSON object as text; null = none.';

COMMENT ON COLUMN oplatency.staged_rows.error IS 'Error the call ended with, JSON or text; null = it succeeded.';

COMMENT ON COLUMN oplatency.staged_rows.kind IS 'span or merge; null = a call.';

COMMENT ON COLUMN oplatency.staged_rows.record IS 'JSON object as text: what only spans or merges have; null = a call.';

CREATE TABLE oplatency.staged_verdicts (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    rule text,
    window_start timestamp with time zone,
    window_end timestamp with time zone,
    baseline_as_of timestamp with time zone,
    n_calls bigint,
    n_findings bigint,
    outcome text,
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb,
    baseline_id bigint,
    baseline_level text
);

COMMENT ON TABLE oplatency.staged_verdicts IS 'Rows of verdicts that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_verdicts.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_verdicts.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.staged_verdicts.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.staged_verdicts.rule IS 'point and silence judge an hour; shift, tail, trend and anchor (against weeks ago) the days that end with window_end.';

COMMENT ON COLUMN oplatency.staged_verdicts.window_start IS 'First instant of the judged window, inclusive.';

COMMENT ON COLUMN oplatency.staged_verdicts.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.staged_verdicts.baseline_as_of IS 'As-of of the baseline it was judged against; null = none.';

COMMENT ON COLUMN oplatency.staged_verdicts.n_calls IS 'Calls of the window.';

COMMENT ON COLUMN oplatency.staged_verdicts.n_findings IS 'Findings that the rule made of it.';

COMMENT ON COLUMN oplatency.staged_verdicts.outcome IS 'alert, finding (recorded, tells nobody), quiet, no_calls, or not_judged (nothing to judge against).';

COMMENT ON COLUMN oplatency.staged_verdicts.observed IS 'What decided: microseconds of the call that came closest, or the later level; for silence the calls; null = none.';

COMMENT ON COLUMN oplatency.staged_verdicts.expected IS 'What was expected there: microseconds, for silence calls; null = nothing was.';

COMMENT ON COLUMN oplatency.staged_verdicts.needed IS 'From where on it would have been a finding: microseconds, for silence calls; null = not known.';

COMMENT ON COLUMN oplatency.staged_verdicts.gates IS 'Gates in the order they are passed: [name, value, limit, passed]; value null = could not be computed.';

COMMENT ON COLUMN oplatency.staged_verdicts.baseline_id IS 'Baseline that judged what decided; null = none, or judged before this was noted.';

COMMENT ON COLUMN oplatency.staged_verdicts.baseline_level IS 'What that baseline was made from: branch, operation or, mostly, like operations; null = no baseline, or judged before this was noted.';

CREATE TABLE oplatency.staged_violations (
    run_token uuid,
    operation_id integer,
    branch_id integer,
    observed_at timestamp with time zone,
    identity_hash bigint,
    duration_us bigint,
    baseline_id bigint,
    limit_us double precision,
    severity text
);

COMMENT ON TABLE oplatency.staged_violations IS 'Rows of violations that wait for the audit; no constraints, the audit judges them.';

COMMENT ON COLUMN oplatency.staged_violations.run_token IS 'Run that staged the row.';

COMMENT ON COLUMN oplatency.staged_violations.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.staged_violations.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.staged_violations.observed_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.staged_violations.identity_hash IS 'Identity of the call within its operation and start.';

COMMENT ON COLUMN oplatency.staged_violations.duration_us IS 'Duration of the call, microseconds.';

COMMENT ON COLUMN oplatency.staged_violations.baseline_id IS 'Baseline it was judged against.';

COMMENT ON COLUMN oplatency.staged_violations.limit_us IS 'The limit it broke: baseline p99 times threshold, microseconds.';

COMMENT ON COLUMN oplatency.staged_violations.severity IS 'WARNING, or CRITICAL above the critical multiple of p99.';

CREATE TABLE oplatency.statement_polls (
    source text NOT NULL,
    server_id text NOT NULL,
    scope_dbid bigint NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    stats_reset timestamp with time zone,
    n_evicted bigint
);

COMMENT ON TABLE oplatency.statement_polls IS 'One row per source of pg_stat_statements: its last snapshot as a whole.';

COMMENT ON COLUMN oplatency.statement_polls.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.statement_polls.server_id IS 'System identifier of the server; another server starts anew.';

COMMENT ON COLUMN oplatency.statement_polls.scope_dbid IS 'OID of the database whose statements are read; 0 = those of all. Another scope starts anew.';

COMMENT ON COLUMN oplatency.statement_polls.taken_at IS 'When it was taken, on the clock of the server.';

COMMENT ON COLUMN oplatency.statement_polls.stats_reset IS 'When all its counts were last set to zero; null = not known (before PostgreSQL 14).';

COMMENT ON COLUMN oplatency.statement_polls.n_evicted IS 'Times entries were dropped for others since the reset; null = not known (before PostgreSQL 14).';

CREATE TABLE oplatency.statement_snapshots (
    source text NOT NULL,
    dbid bigint NOT NULL,
    userid bigint NOT NULL,
    queryid bigint NOT NULL,
    toplevel boolean NOT NULL,
    n_calls bigint NOT NULL,
    total_ms double precision NOT NULL,
    squares_ms2 double precision NOT NULL,
    n_rows bigint NOT NULL,
    stats_since timestamp with time zone,
    taken_at timestamp with time zone NOT NULL,
    CONSTRAINT statement_snapshots_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT statement_snapshots_squares_ck CHECK (((squares_ms2 >= (0)::double precision) AND (squares_ms2 < 'Infinity'::double precision))),
    CONSTRAINT statement_snapshots_total_ck CHECK (((total_ms >= (0)::double precision) AND (total_ms < 'Infinity'::double precision)))
);

COMMENT ON TABLE oplatency.statement_snapshots IS 'One row per entry of pg_stat_statements: the counts up to which its calls are in aggregate_intervals.';

COMMENT ON COLUMN oplatency.statement_snapshots.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.statement_snapshots.dbid IS 'OID of the database it ran in.';

COMMENT ON COLUMN oplatency.statement_snapshots.userid IS 'OID of the role that ran it.';

COMMENT ON COLUMN oplatency.statement_snapshots.queryid IS 'Hash of the statement without its literals, by the server.';

COMMENT ON COLUMN oplatency.statement_snapshots.toplevel IS 'Whether it was sent by a client; false = it ran within a function. True before PostgreSQL 14.';

COMMENT ON COLUMN oplatency.statement_snapshots.n_calls IS 'Executions since the counts began.';

COMMENT ON COLUMN oplatency.statement_snapshots.total_ms IS 'Time of these executions, milliseconds.';

COMMENT ON COLUMN oplatency.statement_snapshots.squares_ms2 IS 'Sum of squared distances of these executions from their mean, square milliseconds.';

COMMENT ON COLUMN oplatency.statement_snapshots.n_rows IS 'Rows that these executions returned or touched.';

COMMENT ON COLUMN oplatency.statement_snapshots.stats_since IS 'When the counts of the entry began; null = not known (before PostgreSQL 17).';

COMMENT ON COLUMN oplatency.statement_snapshots.taken_at IS 'Instant that the counts hold for, on the clock of the server; older than the last poll where calls wait to be counted.';

CREATE TABLE oplatency.users (
    user_id integer NOT NULL,
    name text NOT NULL,
    CONSTRAINT users_name_ck CHECK ((btrim(name) <> ''::text))
);

COMMENT ON TABLE oplatency.users IS 'One row per person or service that calls operations; -1 stands for unknown.';

COMMENT ON COLUMN oplatency.users.user_id IS 'Surrogate key; -1 = unknown.';

COMMENT ON COLUMN oplatency.users.name IS 'Name as the source reports it.';

ALTER TABLE oplatency.users ALTER COLUMN user_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME oplatency.users_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW oplatency.v_alerting_stretches AS
 WITH alerting AS (
         SELECT operations.name AS operation,
            anomalies.observed_at,
            anomalies.duration_us,
            anomalies.expected_us,
            anomalies.z,
            anomalies.severity,
            ((anomalies.observed_at - lag(anomalies.observed_at) OVER (PARTITION BY anomalies.operation_id ORDER BY anomalies.observed_at, anomalies.identity_hash)) > '01:00:00'::interval) AS starts_stretch
           FROM (oplatency.anomalies anomalies
             JOIN oplatency.operation_types operations ON ((anomalies.operation_id = operations.operation_id)))
          WHERE (anomalies.is_alerting AND (anomalies.kind = 'point'::text) AND (anomalies.branch_id = 0) AND (anomalies.observed_at >= (( SELECT oplatency.reference_time() AS reference_time) - '7 days'::interval)) AND (anomalies.observed_at < ( SELECT oplatency.reference_time() AS reference_time)))
        ), numbered AS (
         SELECT alerting.operation,
            alerting.observed_at,
            alerting.duration_us,
            alerting.expected_us,
            alerting.z,
            alerting.severity,
            alerting.starts_stretch,
            count(*) FILTER (WHERE COALESCE(alerting.starts_stretch, true)) OVER (PARTITION BY alerting.operation ORDER BY alerting.observed_at) AS stretch_no
           FROM alerting
        ), stretches AS (
         SELECT numbered.operation,
            min(numbered.observed_at) AS first_at,
            max(numbered.observed_at) AS last_at,
            count(*) AS n_calls,
            (percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY numbered.duration_us) / (1000)::double precision) AS median_ms,
            (percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY numbered.expected_us) / (1000)::double precision) AS expected_ms,
            max(numbered.z) AS max_z,
                CASE
                    WHEN bool_or((numbered.severity = 'CRITICAL'::text)) THEN 'CRITICAL'::text
                    ELSE 'WARNING'::text
                END AS severity
           FROM numbered
          GROUP BY numbered.operation, numbered.stretch_no
        )
 SELECT stretches.operation,
    stretches.first_at,
    stretches.last_at,
    stretches.n_calls AS calls,
    stretches.median_ms,
    stretches.expected_ms,
    stretches.max_z,
    stretches.severity,
    marks.title AS mark
   FROM (stretches
     LEFT JOIN oplatency.marks marks ON (((stretches.first_at < (marks.ended_at + '01:00:00'::interval)) AND (stretches.last_at >= (marks.began_at - '01:00:00'::interval)) AND ((cardinality(marks.operations) = 0) OR (stretches.operation = ANY (marks.operations))))))
  ORDER BY stretches.first_at, stretches.operation;

COMMENT ON VIEW oplatency.v_alerting_stretches IS 'What a person is told of calls, joined up: alerting calls of an operation with gaps of at most an hour.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.operation IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.first_at IS 'Start of the first alerting call.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.last_at IS 'Start of the last alerting call.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.calls IS 'Alerting calls.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.median_ms IS 'Median duration of those calls, in milliseconds.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.expected_ms IS 'Median of what the baseline expected of them, in milliseconds.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.max_z IS 'Largest robust standard score, no unit.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.severity IS 'The worst of them: WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.v_alerting_stretches.mark IS 'Title of the mark it falls into, within an hour; null = none.';

CREATE VIEW oplatency.v_alerts AS
 SELECT alerts.alert_id,
    operation_types.name AS operation,
    branches.name AS branch,
    alerts.alert_type,
    alerts.severity,
    (alerts.actual_us / (1000)::double precision) AS actual_ms,
    (alerts.baseline_p99_us / (1000)::double precision) AS baseline_p99_ms,
    alerts.observed_at,
    alerts.raised_at,
    alerts.acknowledged_at,
    alerts.acknowledged_by,
    alerts.evidence
   FROM ((oplatency.alerts alerts
     LEFT JOIN oplatency.operation_types operation_types ON ((alerts.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((alerts.branch_id = branches.branch_id)));

COMMENT ON VIEW oplatency.v_alerts IS 'Every alert; v_performance_alerts_recent shows the newest with their age.';

COMMENT ON COLUMN oplatency.v_alerts.alert_id IS 'Number of the alert.';

COMMENT ON COLUMN oplatency.v_alerts.operation IS 'Operation it is about, of a group its first member; null = a source that fell silent.';

COMMENT ON COLUMN oplatency.v_alerts.branch IS 'Branch it is about; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_alerts.alert_type IS 'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';

COMMENT ON COLUMN oplatency.v_alerts.severity IS 'INFO, WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.v_alerts.actual_ms IS 'What was measured, in milliseconds.';

COMMENT ON COLUMN oplatency.v_alerts.baseline_p99_ms IS 'p99 of the baseline it was judged against, in milliseconds; null = none.';

COMMENT ON COLUMN oplatency.v_alerts.observed_at IS 'When what it tells of happened.';

COMMENT ON COLUMN oplatency.v_alerts.raised_at IS 'When the alert was written.';

COMMENT ON COLUMN oplatency.v_alerts.acknowledged_at IS 'When a person took it; null = nobody has.';

COMMENT ON COLUMN oplatency.v_alerts.acknowledged_by IS 'Who took it; null = nobody has.';

COMMENT ON COLUMN oplatency.v_alerts.evidence IS 'The finding''s values.';

CREATE VIEW oplatency.v_anomalies AS
 WITH points AS (
         SELECT anomalies.operation_id,
            anomalies.branch_id,
            anomalies.kind,
            anomalies.window_start,
            anomalies.window_end,
            anomalies.observed_at,
            anomalies.identity_hash,
            anomalies.duration_us,
            anomalies.expected_us,
            anomalies.z,
            anomalies.classical_z,
            anomalies.effect,
            anomalies.effect_low,
            anomalies.effect_high,
            anomalies.severity,
            anomalies.is_alerting,
            anomalies.baseline_id,
            anomalies.call_branch_id,
            anomalies.baseline_level,
            ( SELECT bool_or((degradations.severity = 'CRITICAL'::text)) AS bool_or
                   FROM oplatency.degradations degradations
                  WHERE ((anomalies.kind = 'point'::text) AND (anomalies.effect > (0)::double precision) AND (anomalies.severity <> 'NONE'::text) AND (anomalies.operation_id = degradations.operation_id) AND (degradations.branch_id = ANY (ARRAY[anomalies.branch_id, 0])) AND (degradations.kind = 'shift'::text) AND (degradations.effect > (0)::double precision) AND (degradations.severity <> 'NONE'::text) AND (degradations.window_start <= anomalies.observed_at) AND (degradations.window_end > anomalies.observed_at))) AS is_slow_down_critical
           FROM oplatency.anomalies anomalies
        ), days AS (
         SELECT degradations.operation_id,
            degradations.branch_id,
            degradations.window_start,
            degradations.window_end,
            degradations.lookback_days,
            degradations.n_before,
            degradations.n_after,
            degradations.before_us,
            degradations.after_us,
            degradations.z,
            degradations.effect,
            degradations.effect_low,
            degradations.effect_high,
            degradations.shape,
            degradations.severity,
            degradations.is_alerting,
            degradations.kind,
            degradations.classical_z,
            degradations.quantile_shifts,
            degradations.onset_at,
            degradations.onset_low_at,
            degradations.onset_high_at,
            degradations.undated_because,
            first_value(degradations.kind) OVER (PARTITION BY degradations.operation_id, degradations.branch_id, degradations.window_end, degradations.is_alerting ORDER BY (array_position(ARRAY['shift'::text, 'tail'::text, 'trend'::text], degradations.kind)), degradations.window_start DESC) AS leading_kind,
            (EXISTS ( SELECT 1
                   FROM oplatency.anomalies anomalies
                  WHERE ((anomalies.kind = 'point'::text) AND anomalies.is_alerting AND (degradations.operation_id = anomalies.operation_id) AND (degradations.branch_id = anomalies.branch_id) AND (anomalies.window_start >= (degradations.window_end - '1 day'::interval)) AND (anomalies.window_start < degradations.window_end)))) AS is_told_by_points
           FROM oplatency.degradations degradations
        ), findings AS (
         SELECT points.operation_id,
            points.branch_id,
            points.kind,
            points.window_start,
            points.window_end,
            points.observed_at,
            points.duration_us,
            points.expected_us,
            points.z,
            points.classical_z,
            points.effect,
            points.effect_low,
            points.effect_high,
                CASE
                    WHEN (points.is_slow_down_critical IS NULL) THEN points.severity
                    WHEN (points.is_slow_down_critical OR (points.severity = 'CRITICAL'::text)) THEN 'CRITICAL'::text
                    ELSE 'WARNING'::text
                END AS severity,
            points.is_alerting,
            (points.is_slow_down_critical IS NOT NULL) AS is_combined,
            baselines.as_of AS baseline_as_of,
                CASE
                    WHEN points.is_alerting THEN points.kind
                    ELSE NULL::text
                END AS told_by,
            NULL::double precision[] AS quantile_shifts,
            NULL::text AS shape,
            NULL::timestamp with time zone AS onset_at,
            NULL::timestamp with time zone AS onset_low_at,
            NULL::timestamp with time zone AS onset_high_at,
            points.call_branch_id,
            points.baseline_level,
            NULL::text AS undated_because,
            (points.identity_hash)::text AS call_key
           FROM (points
             JOIN oplatency.baselines baselines ON ((points.baseline_id = baselines.baseline_id)))
        UNION ALL
         SELECT days.operation_id,
            days.branch_id,
            days.kind,
            days.window_start,
            days.window_end,
            days.window_start AS observed_at,
            days.after_us AS duration_us,
            days.before_us AS expected_us,
            days.z,
            days.classical_z,
            days.effect,
            days.effect_low,
            days.effect_high,
            days.severity,
            days.is_alerting,
            false AS is_combined,
            NULL::timestamp with time zone AS baseline_as_of,
                CASE
                    WHEN (NOT days.is_alerting) THEN NULL::text
                    WHEN days.is_told_by_points THEN 'point'::text
                    ELSE days.leading_kind
                END AS told_by,
            days.quantile_shifts,
            days.shape,
            days.onset_at,
            days.onset_low_at,
            days.onset_high_at,
            NULL::integer AS call_branch_id,
            'operation'::text AS baseline_level,
            days.undated_because,
            NULL::text AS call_key
           FROM days
        )
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    findings.kind,
    findings.window_start,
    findings.window_end,
    findings.observed_at,
    (findings.duration_us / (1000)::double precision) AS duration_ms,
    (findings.expected_us / (1000)::double precision) AS expected_ms,
    findings.z,
    findings.classical_z,
    findings.effect,
    findings.effect_low,
    findings.effect_high,
    findings.severity,
    findings.is_alerting AS alerting,
    findings.is_combined AS combined,
    findings.baseline_as_of,
    findings.told_by,
    findings.shape,
    findings.quantile_shifts,
    findings.onset_at,
    findings.onset_low_at,
    findings.onset_high_at,
    call_branches.name AS call_branch,
    findings.baseline_level,
    findings.undated_because,
    oplatency.finding_id(VARIADIC ARRAY[findings.kind, operation_types.name, branches.name, (EXTRACT(epoch FROM findings.observed_at))::text, (EXTRACT(epoch FROM findings.window_end))::text, findings.call_key]) AS finding_id
   FROM (((findings
     JOIN oplatency.operation_types operation_types ON ((findings.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((findings.branch_id = branches.branch_id)))
     LEFT JOIN oplatency.branches call_branches ON ((findings.call_branch_id = call_branches.branch_id)));

COMMENT ON VIEW oplatency.v_anomalies IS 'Findings of every kind: calls, silent hours, days that shifted, tails, trends. Calls with an error are never judged.';

COMMENT ON COLUMN oplatency.v_anomalies.operation IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.v_anomalies.branch IS 'Branch it is about; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_anomalies.kind IS 'point: a call; silence: an hour with far too few calls; shift: newest days against those before; tail: their slow calls; trend: a drift.';

COMMENT ON COLUMN oplatency.v_anomalies.window_start IS 'First instant of the judged window, inclusive; for points the hour.';

COMMENT ON COLUMN oplatency.v_anomalies.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.v_anomalies.observed_at IS 'Start of the call; for windows their start.';

COMMENT ON COLUMN oplatency.v_anomalies.duration_ms IS 'Duration of the call, level of the window, or of a silence the time without a call, in milliseconds.';

COMMENT ON COLUMN oplatency.v_anomalies.expected_ms IS 'What the baseline expects there, the level before, or the usual time from call to call, in milliseconds.';

COMMENT ON COLUMN oplatency.v_anomalies.z IS 'Robust standard score, no unit; positive = slow.';

COMMENT ON COLUMN oplatency.v_anomalies.classical_z IS 'The textbook score of raw durations against the baseline, no unit; null = a trend, which has none.';

COMMENT ON COLUMN oplatency.v_anomalies.effect IS 'Relative change, 0.25 = 25 % slower: for points duration / expected - 1, for days the typical ratio - 1.';

COMMENT ON COLUMN oplatency.v_anomalies.effect_low IS 'Lower end of the 95 % interval of the effect; null = a single call or hour, or too few calls to bear one.';

COMMENT ON COLUMN oplatency.v_anomalies.effect_high IS 'Upper end of the 95 % interval of the effect; null = a single call or hour, or too few calls to bear one.';

COMMENT ON COLUMN oplatency.v_anomalies.severity IS 'NONE, INFO, WARNING or CRITICAL; for a combined finding CRITICAL if the call or the shift is, else WARNING.';

COMMENT ON COLUMN oplatency.v_anomalies.alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.v_anomalies.combined IS 'Whether it is a slow call within a slow-down of its operation, on its branch or on all.';

COMMENT ON COLUMN oplatency.v_anomalies.baseline_as_of IS 'As-of of the baseline it was judged against; null = days, judged against those before them.';

COMMENT ON COLUMN oplatency.v_anomalies.told_by IS 'Kind of the finding whose alert tells of it: one operation and day alerts once; null = it alerts nobody.';

COMMENT ON COLUMN oplatency.v_anomalies.shape IS 'Which quantiles moved: uniform, tail or spread; null = a single call or hour.';

COMMENT ON COLUMN oplatency.v_anomalies.quantile_shifts IS 'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';

COMMENT ON COLUMN oplatency.v_anomalies.onset_at IS 'Most likely start of a shift; null = not dated.';

COMMENT ON COLUMN oplatency.v_anomalies.onset_low_at IS 'Earliest start, 95 %; null = not dated.';

COMMENT ON COLUMN oplatency.v_anomalies.onset_high_at IS 'Latest start, 95 %; null = not dated.';

COMMENT ON COLUMN oplatency.v_anomalies.call_branch IS 'Branch of the call; null = an hour or days of many calls, or found before this was noted.';

COMMENT ON COLUMN oplatency.v_anomalies.baseline_level IS 'What it was judged by: its branch, its operation, or mostly like operations (few calls); null = found before this was noted.';

COMMENT ON COLUMN oplatency.v_anomalies.undated_because IS 'Why a change of days has no onset; null = it has one, or it is a call or an hour.';

COMMENT ON COLUMN oplatency.v_anomalies.finding_id IS 'Identifier of the finding: the same after a re-run or a rebuild, and in v_degradations.';

CREATE VIEW oplatency.v_audit_results AS
 WITH newest AS (
         SELECT DISTINCT ON (audit_results.suite, audit_results.expectation, audit_results.subject, (audit_results.run_token IS NULL)) audit_results.run_token,
            audit_results.suite,
            audit_results.expectation,
            audit_results.subject,
            audit_results.passed,
            audit_results.n_rows,
            audit_results.n_unexpected,
            audit_results.detail,
            audit_results.severity,
            audit_results.checked_at
           FROM oplatency.audit_results audit_results
          ORDER BY audit_results.suite, audit_results.expectation, audit_results.subject, (audit_results.run_token IS NULL), audit_results.checked_at DESC, audit_results.audit_id DESC
        )
 SELECT newest.suite,
    newest.expectation,
    newest.subject,
        CASE
            WHEN (newest.run_token IS NULL) THEN 'published'::text
            ELSE 'staged'::text
        END AS stage,
        CASE
            WHEN (newest.run_token IS NULL) THEN 'what is published'::text
            WHEN (ingest_batches.batch_id IS NOT NULL) THEN ((('batch '::text || ingest_batches.batch_id) || ': '::text) || ingest_batches.path)
            WHEN (job_runs.job IS NOT NULL) THEN (((((job_runs.job || ' from '::text) || to_char((job_runs.window_start AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' to '::text) || to_char((job_runs.window_end AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD HH24:MI'::text)) || ' UTC'::text)
            ELSE ('run '::text || newest.run_token)
        END AS checked_on,
    newest.passed,
    newest.n_rows AS rows_checked,
    newest.n_unexpected AS rows_unexpected,
    newest.detail,
    newest.checked_at,
    newest.severity
   FROM ((newest
     LEFT JOIN oplatency.job_runs job_runs ON ((newest.run_token = job_runs.run_token)))
     LEFT JOIN oplatency.ingest_batches ingest_batches ON ((newest.run_token = ingest_batches.run_token)))
  ORDER BY newest.suite, newest.expectation, newest.subject,
        CASE
            WHEN (newest.run_token IS NULL) THEN 'published'::text
            ELSE 'staged'::text
        END;

COMMENT ON VIEW oplatency.v_audit_results IS 'The newest result of each expectation, for staged rows and for what is published.';

COMMENT ON COLUMN oplatency.v_audit_results.suite IS 'Name of the suite.';

COMMENT ON COLUMN oplatency.v_audit_results.expectation IS 'What was expected, in words.';

COMMENT ON COLUMN oplatency.v_audit_results.subject IS 'Table or columns it was expected of.';

COMMENT ON COLUMN oplatency.v_audit_results.stage IS 'staged = checked before it could be published, published = checked afterwards.';

COMMENT ON COLUMN oplatency.v_audit_results.checked_on IS 'The batch, or the job and its window, whose rows were checked.';

COMMENT ON COLUMN oplatency.v_audit_results.passed IS 'Whether it held; an expectation that raised did not.';

COMMENT ON COLUMN oplatency.v_audit_results.rows_checked IS 'Rows looked at.';

COMMENT ON COLUMN oplatency.v_audit_results.rows_unexpected IS 'Rows that did not hold.';

COMMENT ON COLUMN oplatency.v_audit_results.detail IS 'Examples or the error, shortened; empty when it held.';

COMMENT ON COLUMN oplatency.v_audit_results.checked_at IS 'When it was checked.';

COMMENT ON COLUMN oplatency.v_audit_results.severity IS 'critical = what is staged is not published unless it holds, warning = it is only recorded.';

CREATE VIEW oplatency.v_backtests AS
 SELECT window_start,
    window_end,
    config_hash,
    arrivals,
    n_calls AS calls,
    n_late AS late_calls,
    n_alerts AS alerts,
    ((n_alerts)::double precision / ((EXTRACT(epoch FROM (window_end - window_start)))::double precision / (86400)::double precision)) AS alerts_per_day,
    n_labels AS labels,
    ((n_true)::double precision / (NULLIF(n_alerts, 0))::double precision) AS "precision",
    ((n_found)::double precision / (NULLIF(n_labels, 0))::double precision) AS recall,
    (median_delay_s / (3600)::double precision) AS median_delay_hours,
    by_kind,
    content,
    replayed_at
   FROM oplatency.backtests backtests
  ORDER BY replayed_at DESC, config_hash;

COMMENT ON VIEW oplatency.v_backtests IS 'How configurations did on replayed history.';

COMMENT ON COLUMN oplatency.v_backtests.window_start IS 'First replayed day, inclusive.';

COMMENT ON COLUMN oplatency.v_backtests.window_end IS 'End of the last replayed day, exclusive.';

COMMENT ON COLUMN oplatency.v_backtests.config_hash IS 'Settings it was replayed with.';

COMMENT ON COLUMN oplatency.v_backtests.arrivals IS 'recorded: a call was there once its batch had arrived; started: once it had started.';

COMMENT ON COLUMN oplatency.v_backtests.calls IS 'Calls of the window, without those with an error.';

COMMENT ON COLUMN oplatency.v_backtests.late_calls IS 'Of these, calls that no night of the replay saw in time to judge them.';

COMMENT ON COLUMN oplatency.v_backtests.alerts IS 'Alerts that a person would have got.';

COMMENT ON COLUMN oplatency.v_backtests.alerts_per_day IS 'The same per day.';

COMMENT ON COLUMN oplatency.v_backtests.labels IS 'Labels that touch the window; null = none were given.';

COMMENT ON COLUMN oplatency.v_backtests."precision" IS 'Share of the alerts that overlap a label of their operation; null = no alerts or labels.';

COMMENT ON COLUMN oplatency.v_backtests.recall IS 'Share of the labels that an alert overlaps; null = no labels.';

COMMENT ON COLUMN oplatency.v_backtests.median_delay_hours IS 'Median time from the start of a label to its first alert, hours; null = none was found.';

COMMENT ON COLUMN oplatency.v_backtests.by_kind IS 'Alerts by kind.';

COMMENT ON COLUMN oplatency.v_backtests.content IS 'The settings.';

COMMENT ON COLUMN oplatency.v_backtests.replayed_at IS 'When it was replayed.';

CREATE VIEW oplatency.v_baseline_changes AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    changes.as_of,
    changes.previous_as_of,
    changes.n_calls AS samples,
    (changes.previous_p50_us / (1000)::double precision) AS p50_old_ms,
    (changes.p50_us / (1000)::double precision) AS p50_new_ms,
    (changes.previous_p99_us / (1000)::double precision) AS p99_old_ms,
    (changes.p99_us / (1000)::double precision) AS p99_new_ms,
    changes.p99_change_pct,
    changes.needs_review,
    changes.reason,
    changes.previous_n_calls AS samples_old,
    changes.revision,
    changes.excluded_hours,
    changes.is_new_normal AS new_normal,
    changes.drift_pct,
    changes.is_creeping AS creeping
   FROM ((oplatency.baseline_changes changes
     JOIN oplatency.operation_types operation_types ON ((changes.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((changes.branch_id = branches.branch_id)));

COMMENT ON VIEW oplatency.v_baseline_changes IS 'What changed from one baseline of an operation and branch to the next, and why.';

COMMENT ON COLUMN oplatency.v_baseline_changes.operation IS 'Operation.';

COMMENT ON COLUMN oplatency.v_baseline_changes.branch IS 'Branch; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_baseline_changes.as_of IS 'As-of of the newer baseline.';

COMMENT ON COLUMN oplatency.v_baseline_changes.previous_as_of IS 'As-of of the one before it.';

COMMENT ON COLUMN oplatency.v_baseline_changes.samples IS 'Calls the newer baseline was computed from.';

COMMENT ON COLUMN oplatency.v_baseline_changes.p50_old_ms IS 'Median of the older baseline, in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_changes.p50_new_ms IS 'Median of the newer baseline, in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_changes.p99_old_ms IS 'p99 of the older baseline, in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_changes.p99_new_ms IS 'p99 of the newer baseline, in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_changes.p99_change_pct IS 'Change of p99 in percent of the older; positive = slower.';

COMMENT ON COLUMN oplatency.v_baseline_changes.needs_review IS 'Whether p99 more than doubled or halved: published, but a person should look.';

COMMENT ON COLUMN oplatency.v_baseline_changes.reason IS 'What made the difference: newer days, settings, late calls or an exclusion (a revision), a new normal, creep.';

COMMENT ON COLUMN oplatency.v_baseline_changes.samples_old IS 'Calls the older baseline was computed from.';

COMMENT ON COLUMN oplatency.v_baseline_changes.revision IS 'Revision of the newer one: above 1 its content changed after it was first computed.';

COMMENT ON COLUMN oplatency.v_baseline_changes.excluded_hours IS 'Hours left out of the newer one.';

COMMENT ON COLUMN oplatency.v_baseline_changes.new_normal IS 'Whether what was left out, or would have been, counts as normal from here on.';

COMMENT ON COLUMN oplatency.v_baseline_changes.drift_pct IS 'Median against the baseline of four weeks before (trends.anchor_days), in percent; null = there is none.';

COMMENT ON COLUMN oplatency.v_baseline_changes.creeping IS 'Whether that is at least trends.anchor_min_effect, or its mirror image.';

CREATE VIEW oplatency.v_baseline_health AS
 SELECT operation_types.name AS operation_type,
    baselines.as_of,
    baselines.n_calls AS sample_count,
    baselines.hours_covered,
    (baselines.p50_us / (1000)::double precision) AS p50_ms,
    (baselines.p75_us / (1000)::double precision) AS p75_ms,
    (baselines.p90_us / (1000)::double precision) AS p90_ms,
    (baselines.p95_us / (1000)::double precision) AS p95_ms,
    (baselines.p99_us / (1000)::double precision) AS p99_ms,
    baselines.p99_is_estimable AS p99_estimable,
    baselines.alert_threshold,
    ( SELECT count(*) AS count
           FROM oplatency.alerts alerts
          WHERE ((baselines.operation_id = alerts.operation_id) AND (baselines.as_of <= alerts.observed_at))) AS alerts_since,
    ((EXTRACT(epoch FROM (oplatency.reference_time() - baselines.as_of)))::double precision / (86400)::double precision) AS age_days,
    baselines.lookback_days,
    baselines.days_covered,
    (baselines.days_covered < ((baselines.lookback_days)::double precision * (((configurations.content -> 'baseline'::text) ->> 'min_coverage'::text))::double precision)) AS too_little_covered,
    baselines.excluded_hours,
    baselines.is_new_normal AS new_normal,
    baselines.p90_is_estimable AS p90_estimable,
    baselines.p95_is_estimable AS p95_estimable,
    (baselines.p99_low_us / (1000)::double precision) AS p99_low_ms,
    (baselines.p99_high_us / (1000)::double precision) AS p99_high_ms,
    ( SELECT count(*) AS count
           FROM oplatency.active_baselines of_branches
          WHERE ((baselines.operation_id = of_branches.operation_id) AND (baselines.as_of = of_branches.as_of) AND (of_branches.branch_id <> 0))) AS branch_baselines
   FROM ((oplatency.active_baselines baselines
     JOIN oplatency.operation_types operation_types ON ((baselines.operation_id = operation_types.operation_id)))
     JOIN oplatency.configurations configurations ON ((baselines.config_hash = configurations.config_hash)))
  WHERE (baselines.branch_id = 0)
  ORDER BY operation_types.name;

COMMENT ON VIEW oplatency.v_baseline_health IS 'The baseline in force of each operation over all branches. Calls with an error are in no baseline.';

COMMENT ON COLUMN oplatency.v_baseline_health.operation_type IS 'Operation.';

COMMENT ON COLUMN oplatency.v_baseline_health.as_of IS 'End of the days it was computed from, exclusive.';

COMMENT ON COLUMN oplatency.v_baseline_health.sample_count IS 'Calls it was computed from.';

COMMENT ON COLUMN oplatency.v_baseline_health.hours_covered IS 'UTC hours of its window that hold at least one call.';

COMMENT ON COLUMN oplatency.v_baseline_health.p50_ms IS 'Median in milliseconds; exact, linear interpolation, as the other percentiles.';

COMMENT ON COLUMN oplatency.v_baseline_health.p75_ms IS '75th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_health.p90_ms IS '90th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_health.p95_ms IS '95th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_health.p99_ms IS '99th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_health.p99_estimable IS 'Whether sample_count allows a 95 % upper bound for p99 (at least 299).';

COMMENT ON COLUMN oplatency.v_baseline_health.alert_threshold IS 'A call slower than p99_ms times this is a violation.';

COMMENT ON COLUMN oplatency.v_baseline_health.alerts_since IS 'Alerts of the operation, of any type and branch, that happened at as_of or later.';

COMMENT ON COLUMN oplatency.v_baseline_health.age_days IS 'Days from as_of to the reference time.';

COMMENT ON COLUMN oplatency.v_baseline_health.lookback_days IS 'Days asked for.';

COMMENT ON COLUMN oplatency.v_baseline_health.days_covered IS 'Days it got: those with calls, the first from its first call on; null = not measured when it was computed.';

COMMENT ON COLUMN oplatency.v_baseline_health.too_little_covered IS 'Whether that is less than baseline.min_coverage asks: nothing judged against it alerts; null = not known.';

COMMENT ON COLUMN oplatency.v_baseline_health.excluded_hours IS 'Hours of its window that were left out; v_excluded_intervals lists them.';

COMMENT ON COLUMN oplatency.v_baseline_health.new_normal IS 'Whether more than the limit would have been left out, so that nothing was.';

COMMENT ON COLUMN oplatency.v_baseline_health.p90_estimable IS 'The same for p90 (at least 29).';

COMMENT ON COLUMN oplatency.v_baseline_health.p95_estimable IS 'The same for p95 (at least 59).';

COMMENT ON COLUMN oplatency.v_baseline_health.p99_low_ms IS 'Lower end of the 95 % interval of p99 in milliseconds; null = too few calls.';

COMMENT ON COLUMN oplatency.v_baseline_health.p99_high_ms IS 'Upper end of the 95 % interval of p99 in milliseconds; null = fewer than 368 calls.';

COMMENT ON COLUMN oplatency.v_baseline_health.branch_baselines IS 'Branches that have a baseline of their own of the same as-of.';

CREATE VIEW oplatency.v_baseline_versions AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    baselines.as_of,
    baselines.revision,
    baselines.config_hash,
    baselines.lookback_days,
    baselines.n_calls AS calls,
    profiles.n_days AS days_covered,
    baselines.hours_covered,
    ((baselines.min_us)::double precision / (1000.0)::double precision) AS min_ms,
    (baselines.p50_us / (1000)::double precision) AS p50_ms,
    (baselines.p75_us / (1000)::double precision) AS p75_ms,
    (baselines.p90_us / (1000)::double precision) AS p90_ms,
    (baselines.p95_us / (1000)::double precision) AS p95_ms,
    (baselines.p99_us / (1000)::double precision) AS p99_ms,
    ((baselines.max_us)::double precision / (1000.0)::double precision) AS max_ms,
    (baselines.mean_us / (1000)::double precision) AS mean_ms,
    (baselines.sd_us / (1000)::double precision) AS sd_ms,
    baselines.p99_is_estimable AS p99_estimable,
    baselines.alert_threshold,
    baselines.days_covered AS covered_days,
    baselines.excluded,
    baselines.excluded_hours,
    baselines.is_new_normal AS new_normal,
    oplatency.finding_id(VARIADIC ARRAY['baseline'::text, operation_types.name, branches.name, (EXTRACT(epoch FROM baselines.as_of))::text, baselines.config_hash, (baselines.revision)::text]) AS finding_id
   FROM (((oplatency.baselines baselines
     JOIN oplatency.operation_types operation_types ON ((baselines.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((baselines.branch_id = branches.branch_id)))
     LEFT JOIN oplatency.baseline_profiles profiles ON ((baselines.baseline_id = profiles.baseline_id)));

COMMENT ON VIEW oplatency.v_baseline_versions IS 'Every baseline that was ever computed; v_baseline_health shows those in force.';

COMMENT ON COLUMN oplatency.v_baseline_versions.operation IS 'Operation.';

COMMENT ON COLUMN oplatency.v_baseline_versions.branch IS 'Branch; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_baseline_versions.as_of IS 'End of the days it was computed from, exclusive.';

COMMENT ON COLUMN oplatency.v_baseline_versions.revision IS 'Counts contents of the same key, from 1; the highest holds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.config_hash IS 'Settings it was computed with.';

COMMENT ON COLUMN oplatency.v_baseline_versions.lookback_days IS 'Days that were asked for.';

COMMENT ON COLUMN oplatency.v_baseline_versions.calls IS 'Calls it was computed from.';

COMMENT ON COLUMN oplatency.v_baseline_versions.days_covered IS 'UTC days of the window that hold a call; null = no profile.';

COMMENT ON COLUMN oplatency.v_baseline_versions.hours_covered IS 'UTC hours of the window that hold a call.';

COMMENT ON COLUMN oplatency.v_baseline_versions.min_ms IS 'Fastest call in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p50_ms IS 'Median in milliseconds; exact, linear interpolation, as all here.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p75_ms IS '75th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p90_ms IS '90th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p95_ms IS '95th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p99_ms IS '99th percentile in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.max_ms IS 'Slowest call in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.mean_ms IS 'Arithmetic mean in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.sd_ms IS 'Sample standard deviation (n - 1) in milliseconds.';

COMMENT ON COLUMN oplatency.v_baseline_versions.p99_estimable IS 'Whether the calls allow a 95 % upper bound for p99 (at least 299).';

COMMENT ON COLUMN oplatency.v_baseline_versions.alert_threshold IS 'A call slower than p99_ms times this is a violation.';

COMMENT ON COLUMN oplatency.v_baseline_versions.covered_days IS 'Days of the window with calls, the first counted from its first call on; null = not measured then.';

COMMENT ON COLUMN oplatency.v_baseline_versions.excluded IS 'Stretches left out: from, to, origin (alert, person, incident), reason.';

COMMENT ON COLUMN oplatency.v_baseline_versions.excluded_hours IS 'Length of the stretches left out, hours.';

COMMENT ON COLUMN oplatency.v_baseline_versions.new_normal IS 'Whether more than the limit would have been left out, and so nothing was.';

COMMENT ON COLUMN oplatency.v_baseline_versions.finding_id IS 'Identifier of the version: the same after a re-run or a rebuild.';

CREATE VIEW oplatency.v_branch_performance_summary AS
 WITH calls AS (
         SELECT metrics.branch_id,
            count(*) AS n_calls,
            count(DISTINCT metrics.operation_id) AS n_operations,
            ((sum(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)))::double precision / (count(*) FILTER (WHERE (metrics.error IS NULL)))::double precision) AS mean_us,
            percentile_cont((0.99)::double precision) WITHIN GROUP (ORDER BY ((metrics.duration_us)::double precision)) FILTER (WHERE (metrics.error IS NULL)) AS p99_us,
            max(metrics.started_at) AS newest_at
           FROM oplatency.metrics metrics
          GROUP BY metrics.branch_id
        )
 SELECT branches.name AS branch_name,
    calls.n_calls AS operation_count,
    calls.n_operations AS operation_types,
    (calls.mean_us / (1000)::double precision) AS avg_ms,
    (calls.p99_us / (1000)::double precision) AS p99_ms,
    calls.newest_at AS last_operation_at
   FROM (calls
     JOIN oplatency.branches branches ON ((calls.branch_id = branches.branch_id)))
  ORDER BY branches.name;

COMMENT ON VIEW oplatency.v_branch_performance_summary IS 'How work goes on each branch. Counts hold every call, times only calls without an error.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.branch_name IS 'Branch; (unknown) where the source told none.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.operation_count IS 'Stored calls, those with an error included.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.operation_types IS 'Different operations among them.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.avg_ms IS 'Mean duration in milliseconds, over all operations; null = every call failed.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.p99_ms IS '99th percentile of durations in milliseconds, over all operations; null = every call failed.';

COMMENT ON COLUMN oplatency.v_branch_performance_summary.last_operation_at IS 'Start of the newest call, with or without an error.';

CREATE VIEW oplatency.v_calls AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    users.name AS user_name,
    metrics.started_at,
    ((metrics.duration_us)::double precision / (1000)::double precision) AS duration_ms,
    (metrics.error IS NOT NULL) AS failed,
    metrics.session,
    metrics.rows_affected,
    metrics.memory_bytes,
    ((metrics.cpu_us)::double precision / (1000)::double precision) AS cpu_ms
   FROM (((oplatency.metrics metrics
     JOIN oplatency.operation_types operation_types ON ((metrics.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((metrics.branch_id = branches.branch_id)))
     JOIN oplatency.users users ON ((metrics.user_id = users.user_id)));

COMMENT ON VIEW oplatency.v_calls IS 'Every stored call, failed ones and those of operations without detection included.';

COMMENT ON COLUMN oplatency.v_calls.operation IS 'Operation that was called.';

COMMENT ON COLUMN oplatency.v_calls.branch IS 'Branch it ran on; (unknown) = the source named none.';

COMMENT ON COLUMN oplatency.v_calls.user_name IS 'Who called it; (unknown) = the source named nobody.';

COMMENT ON COLUMN oplatency.v_calls.started_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.v_calls.duration_ms IS 'Duration of the call in milliseconds.';

COMMENT ON COLUMN oplatency.v_calls.failed IS 'Whether it ended in an error; such calls enter no baseline and are never judged.';

COMMENT ON COLUMN oplatency.v_calls.session IS 'Session it ran in; null = unknown.';

COMMENT ON COLUMN oplatency.v_calls.rows_affected IS 'Rows touched; null = unknown.';

COMMENT ON COLUMN oplatency.v_calls.memory_bytes IS 'Memory used in bytes; null = unknown.';

COMMENT ON COLUMN oplatency.v_calls.cpu_ms IS 'Processor time used in milliseconds; null = unknown.';

CREATE VIEW oplatency.v_configurations AS
 SELECT config_hash,
    content,
    first_used_at
   FROM oplatency.configurations configurations;

COMMENT ON VIEW oplatency.v_configurations IS 'The analysis settings that results were made with, by their hash.';

COMMENT ON COLUMN oplatency.v_configurations.config_hash IS 'What results name them by.';

COMMENT ON COLUMN oplatency.v_configurations.content IS 'Section, name, value; operations holds what people set for single ones, by name, where it differs from the catalogue.';

COMMENT ON COLUMN oplatency.v_configurations.first_used_at IS 'When a job first used them.';

CREATE VIEW oplatency.v_correlation_groups AS
 SELECT as_of,
    group_no AS group_id,
    members,
    onset_at,
    bottleneck,
    recommendation,
    is_alerting AS alerting
   FROM oplatency.correlation_groups correlation_groups;

COMMENT ON VIEW oplatency.v_correlation_groups IS 'Groups of operations that slow together within a window, with the likely cause and what to look at.';

COMMENT ON COLUMN oplatency.v_correlation_groups.as_of IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.v_correlation_groups.group_id IS 'Number within the window, largest group first.';

COMMENT ON COLUMN oplatency.v_correlation_groups.members IS 'Names of the operations, sorted.';

COMMENT ON COLUMN oplatency.v_correlation_groups.onset_at IS 'Start of the first bin in which at least two members were slow; null = none was.';

COMMENT ON COLUMN oplatency.v_correlation_groups.bottleneck IS 'Likely shared cause.';

COMMENT ON COLUMN oplatency.v_correlation_groups.recommendation IS 'What to look at first, in plain words.';

COMMENT ON COLUMN oplatency.v_correlation_groups.alerting IS 'Whether the evidence is enough to tell a person.';

CREATE VIEW oplatency.v_correlations AS
 SELECT correlations.as_of,
    operations_a.name AS operation_a,
    operations_b.name AS operation_b,
    correlations.raw_pearson,
    correlations.raw_spearman,
    correlations.corrected,
    correlations.joint_bins,
    correlations.effective_n,
    correlations.p,
    correlations.q,
    correlations.lag_bins,
    correlations.strength,
    correlations.group_no AS group_id,
    correlations.bottleneck,
    oplatency.finding_id(VARIADIC ARRAY['correlation'::text, operations_a.name, operations_b.name, (EXTRACT(epoch FROM correlations.as_of))::text]) AS finding_id
   FROM ((oplatency.correlations correlations
     JOIN oplatency.operation_types operations_a ON ((correlations.operation_a_id = operations_a.operation_id)))
     JOIN oplatency.operation_types operations_b ON ((correlations.operation_b_id = operations_b.operation_id)));

COMMENT ON VIEW oplatency.v_correlations IS 'Pairs of operations that slow together within a window.';

COMMENT ON COLUMN oplatency.v_correlations.as_of IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.v_correlations.operation_a IS 'First operation of the pair.';

COMMENT ON COLUMN oplatency.v_correlations.operation_b IS 'Second operation of the pair.';

COMMENT ON COLUMN oplatency.v_correlations.raw_pearson IS 'Pearson coefficient of one-minute mean durations, -1 to 1; null = not defined.';

COMMENT ON COLUMN oplatency.v_correlations.raw_spearman IS 'Spearman coefficient of the same, -1 to 1; null = not defined.';

COMMENT ON COLUMN oplatency.v_correlations.corrected IS 'Pearson coefficient after what all operations share is taken off, -1 to 1; null = too few common bins.';

COMMENT ON COLUMN oplatency.v_correlations.joint_bins IS 'Bins in which both were slow.';

COMMENT ON COLUMN oplatency.v_correlations.effective_n IS 'Independent bins, autocorrelation taken off.';

COMMENT ON COLUMN oplatency.v_correlations.p IS 'One-sided probability under independence, 0 to 1.';

COMMENT ON COLUMN oplatency.v_correlations.q IS 'The same after Benjamini-Hochberg over all pairs, 0 to 1.';

COMMENT ON COLUMN oplatency.v_correlations.lag_bins IS 'Shift of operation_b at which they match best, in bins.';

COMMENT ON COLUMN oplatency.v_correlations.strength IS 'moderate, strong, critical or co-exceedance.';

COMMENT ON COLUMN oplatency.v_correlations.group_id IS 'Group of the pair: with as_of the key of v_correlation_groups.';

COMMENT ON COLUMN oplatency.v_correlations.bottleneck IS 'Likely shared cause.';

COMMENT ON COLUMN oplatency.v_correlations.finding_id IS 'Identifier of the pair and window: the same after a re-run or a rebuild.';

CREATE VIEW oplatency.v_degradations AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    degradations.window_start,
    degradations.window_end,
    degradations.lookback_days,
    degradations.n_before AS calls_before,
    degradations.n_after AS calls_after,
    (degradations.before_us / (1000)::double precision) AS before_ms,
    (degradations.after_us / (1000)::double precision) AS after_ms,
    degradations.z,
    degradations.effect,
    degradations.effect_low,
    degradations.effect_high,
    degradations.shape,
    degradations.severity,
    degradations.is_alerting AS alerting,
    degradations.kind,
    degradations.classical_z,
    degradations.quantile_shifts,
    degradations.onset_at,
    degradations.onset_low_at,
    degradations.onset_high_at,
    degradations.undated_because,
    oplatency.finding_id(VARIADIC ARRAY[degradations.kind, operation_types.name, branches.name, (EXTRACT(epoch FROM degradations.window_start))::text, (EXTRACT(epoch FROM degradations.window_end))::text, NULL::text]) AS finding_id
   FROM ((oplatency.degradations degradations
     JOIN oplatency.operation_types operation_types ON ((degradations.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((degradations.branch_id = branches.branch_id)));

COMMENT ON VIEW oplatency.v_degradations IS 'Operations whose newest days are slower or faster than the days before, with the evidence.';

COMMENT ON COLUMN oplatency.v_degradations.operation IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.v_degradations.branch IS 'Branch it is about; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_degradations.window_start IS 'First instant of the newest days, inclusive.';

COMMENT ON COLUMN oplatency.v_degradations.window_end IS 'End of the newest days, exclusive.';

COMMENT ON COLUMN oplatency.v_degradations.lookback_days IS 'Days looked at, the newest included.';

COMMENT ON COLUMN oplatency.v_degradations.calls_before IS 'Calls before window_start.';

COMMENT ON COLUMN oplatency.v_degradations.calls_after IS 'Calls in the window.';

COMMENT ON COLUMN oplatency.v_degradations.before_ms IS 'Median before, of a tail the quantile, of a trend where its line begins; in milliseconds.';

COMMENT ON COLUMN oplatency.v_degradations.after_ms IS 'The same in the window, in milliseconds.';

COMMENT ON COLUMN oplatency.v_degradations.z IS 'Standard score of the shift, no unit; positive = slower.';

COMMENT ON COLUMN oplatency.v_degradations.effect IS 'Typical ratio of new to old calls - 1; 0.25 = 25 % slower.';

COMMENT ON COLUMN oplatency.v_degradations.effect_low IS 'Lower end of its 95 % interval.';

COMMENT ON COLUMN oplatency.v_degradations.effect_high IS 'Upper end of its 95 % interval.';

COMMENT ON COLUMN oplatency.v_degradations.shape IS 'uniform, tail or spread: which quantiles moved.';

COMMENT ON COLUMN oplatency.v_degradations.severity IS 'NONE, INFO, WARNING or CRITICAL by effect; speed-ups are INFO.';

COMMENT ON COLUMN oplatency.v_degradations.alerting IS 'Whether the evidence is enough to tell a person.';

COMMENT ON COLUMN oplatency.v_degradations.kind IS 'shift, tail or trend.';

COMMENT ON COLUMN oplatency.v_degradations.classical_z IS 'Difference of the raw means in standard errors, no unit; null = a trend.';

COMMENT ON COLUMN oplatency.v_degradations.quantile_shifts IS 'Change of p50, p75, p90, p95, p99, each a ratio - 1; null = a rule that looks at no quantiles.';

COMMENT ON COLUMN oplatency.v_degradations.onset_at IS 'Most likely start of the change; null = not dated.';

COMMENT ON COLUMN oplatency.v_degradations.onset_low_at IS 'Earliest start, 95 %; null = not dated.';

COMMENT ON COLUMN oplatency.v_degradations.onset_high_at IS 'Latest start, 95 %; null = not dated.';

COMMENT ON COLUMN oplatency.v_degradations.undated_because IS 'Why there is no onset; null = there is one, or found before this was noted.';

COMMENT ON COLUMN oplatency.v_degradations.finding_id IS 'Identifier of the finding: the same after a re-run or a rebuild, and in v_anomalies.';

CREATE VIEW oplatency.v_detection_canary AS
 SELECT as_of,
    rule,
    (slowdown * (100)::double precision) AS slowdown_pct,
    count(DISTINCT operation_id) AS operations,
    count(*) AS trials,
    count(*) FILTER (WHERE is_found) AS found,
    ((count(*) FILTER (WHERE is_found))::double precision / (count(*))::double precision) AS recall,
    (percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY delay_s) / (3600)::double precision) AS median_delay_hours,
    max(config_hash) AS config_hash
   FROM oplatency.detection_trials trials
  GROUP BY as_of, rule, slowdown
  ORDER BY as_of DESC, rule, slowdown;

COMMENT ON VIEW oplatency.v_detection_canary IS 'Whether detection still finds the slow-downs that are made up for it every night.';

COMMENT ON COLUMN oplatency.v_detection_canary.as_of IS 'End of the week that was copied.';

COMMENT ON COLUMN oplatency.v_detection_canary.rule IS 'point: hours, for the alert rule of points; shift: the last day, for the rule of shifts.';

COMMENT ON COLUMN oplatency.v_detection_canary.slowdown_pct IS 'Size of the slow-down in percent: 100 = twice as long.';

COMMENT ON COLUMN oplatency.v_detection_canary.operations IS 'Operations it was tried on.';

COMMENT ON COLUMN oplatency.v_detection_canary.trials IS 'Slow-downs that were made up.';

COMMENT ON COLUMN oplatency.v_detection_canary.found IS 'Of these, those that would have alerted a person.';

COMMENT ON COLUMN oplatency.v_detection_canary.recall IS 'Share that was found.';

COMMENT ON COLUMN oplatency.v_detection_canary.median_delay_hours IS 'Median time from the start to the alert, hours; null = none was found.';

COMMENT ON COLUMN oplatency.v_detection_canary.config_hash IS 'Settings it was judged with.';

CREATE TABLE oplatency.verdicts (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    rule text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    window_end timestamp with time zone NOT NULL,
    baseline_as_of timestamp with time zone,
    n_calls bigint NOT NULL,
    n_findings bigint NOT NULL,
    outcome text NOT NULL,
    observed double precision,
    expected double precision,
    needed double precision,
    gates jsonb NOT NULL,
    baseline_id bigint,
    baseline_level text,
    CONSTRAINT verdicts_baseline_level_ck CHECK ((baseline_level = ANY (ARRAY['branch'::text, 'operation'::text, 'like operations'::text]))),
    CONSTRAINT verdicts_gates_ck CHECK ((jsonb_typeof(gates) = 'array'::text)),
    CONSTRAINT verdicts_n_calls_ck CHECK ((n_calls >= 0)),
    CONSTRAINT verdicts_n_findings_ck CHECK ((n_findings >= 0)),
    CONSTRAINT verdicts_outcome_ck CHECK ((outcome = ANY (ARRAY['alert'::text, 'finding'::text, 'quiet'::text, 'no_calls'::text, 'not_judged'::text]))),
    CONSTRAINT verdicts_rule_ck CHECK ((rule = ANY (ARRAY['point'::text, 'silence'::text, 'shift'::text, 'tail'::text, 'trend'::text, 'anchor'::text]))),
    CONSTRAINT verdicts_window_ck CHECK ((window_start < window_end))
);

COMMENT ON TABLE oplatency.verdicts IS 'One row per operation, branch, judged window and rule, whether it found something or not.';

COMMENT ON COLUMN oplatency.verdicts.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.verdicts.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.verdicts.rule IS 'point and silence judge an hour; shift, tail, trend and anchor (against weeks ago) the days that end with window_end.';

COMMENT ON COLUMN oplatency.verdicts.window_start IS 'First instant of the judged window, inclusive.';

COMMENT ON COLUMN oplatency.verdicts.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.verdicts.baseline_as_of IS 'As-of of the baseline it was judged against; null = none.';

COMMENT ON COLUMN oplatency.verdicts.n_calls IS 'Calls of the window.';

COMMENT ON COLUMN oplatency.verdicts.n_findings IS 'Findings that the rule made of it.';

COMMENT ON COLUMN oplatency.verdicts.outcome IS 'alert, finding (recorded, tells nobody), quiet, no_calls, or not_judged (nothing to judge against).';

COMMENT ON COLUMN oplatency.verdicts.observed IS 'What decided: microseconds of the call that came closest, or the later level; for silence the calls; null = none.';

COMMENT ON COLUMN oplatency.verdicts.expected IS 'What was expected there: microseconds, for silence calls; null = nothing was.';

COMMENT ON COLUMN oplatency.verdicts.needed IS 'From where on it would have been a finding: microseconds, for silence calls; null = not known.';

COMMENT ON COLUMN oplatency.verdicts.gates IS 'Gates in the order they are passed: [name, value, limit, passed]; value null = could not be computed.';

COMMENT ON COLUMN oplatency.verdicts.baseline_id IS 'Baseline that judged what decided; null = none, or judged before this was noted.';

COMMENT ON COLUMN oplatency.verdicts.baseline_level IS 'What that baseline was made from: branch, operation or, mostly, like operations; null = no baseline, or judged before this was noted.';

CREATE TABLE oplatency.violations (
    operation_id integer NOT NULL,
    branch_id integer NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    identity_hash bigint NOT NULL,
    duration_us bigint NOT NULL,
    baseline_id bigint NOT NULL,
    limit_us double precision NOT NULL,
    severity text NOT NULL,
    CONSTRAINT violations_severity_ck CHECK ((severity = ANY (ARRAY['NONE'::text, 'INFO'::text, 'WARNING'::text, 'CRITICAL'::text])))
);

COMMENT ON TABLE oplatency.violations IS 'One row per call slower than its operation''s limit.';

COMMENT ON COLUMN oplatency.violations.operation_id IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.violations.branch_id IS 'Branch it is about; 0 = all branches.';

COMMENT ON COLUMN oplatency.violations.observed_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.violations.identity_hash IS 'Identity of the call within its operation and start.';

COMMENT ON COLUMN oplatency.violations.duration_us IS 'Duration of the call, microseconds.';

COMMENT ON COLUMN oplatency.violations.baseline_id IS 'Baseline it was judged against.';

COMMENT ON COLUMN oplatency.violations.limit_us IS 'The limit it broke: baseline p99 times threshold, microseconds.';

COMMENT ON COLUMN oplatency.violations.severity IS 'WARNING, or CRITICAL above the critical multiple of p99.';

CREATE VIEW oplatency.v_digest AS
 WITH contents AS (
         SELECT 'metrics'::text AS of_table,
            concat_ws('|'::text, operations.name, branches.name, users.name, (m.started_at AT TIME ZONE 'UTC'::text), m.duration_us, m.identity_hash, m.error) AS content
           FROM (((oplatency.metrics m
             JOIN oplatency.operation_types operations ON ((m.operation_id = operations.operation_id)))
             JOIN oplatency.branches branches ON ((m.branch_id = branches.branch_id)))
             JOIN oplatency.users users ON ((m.user_id = users.user_id)))
        UNION ALL
         SELECT 'spans'::text,
            concat_ws('|'::text, spans.trace_id, spans.span_id, spans.parent_span_id, spans.span_name, (spans.started_at AT TIME ZONE 'UTC'::text), spans.duration_us, spans.span_status) AS concat_ws
           FROM oplatency.spans
        UNION ALL
         SELECT 'merges'::text,
            concat_ws('|'::text, merges.identity_hash, (merges.started_at AT TIME ZONE 'UTC'::text), merges.total_us, merges.n_conflicts, merges.n_auto_resolved, merges.n_unresolved, merges.merge_status) AS concat_ws
           FROM oplatency.merges
        UNION ALL
         SELECT 'aggregate_intervals'::text,
            concat_ws('|'::text, i.source, operations.name, branches.name, (i.interval_start AT TIME ZONE 'UTC'::text), (i.interval_end AT TIME ZONE 'UTC'::text), i.n_calls, i.total_us, i.mean_us, i.sd_us, i.n_rows) AS concat_ws
           FROM ((oplatency.aggregate_intervals i
             JOIN oplatency.operation_types operations ON ((i.operation_id = operations.operation_id)))
             JOIN oplatency.branches branches ON ((i.branch_id = branches.branch_id)))
        UNION ALL
         SELECT 'baselines'::text,
            concat_ws('|'::text, operations.name, of_branches.name, (b.as_of AT TIME ZONE 'UTC'::text), b.config_hash, b.n_calls, b.hours_covered, b.min_us, b.p50_us, b.p75_us, b.p90_us, b.p95_us, b.p99_us, b.max_us, b.mean_us, b.sd_us, b.alert_threshold, b.days_covered, b.excluded, b.is_new_normal, b.p50_low_us, b.p50_high_us, b.p75_low_us, b.p75_high_us, b.p90_low_us, b.p90_high_us, b.p95_low_us, b.p95_high_us, b.p99_low_us, b.p99_high_us, p.hour_offsets, p.location, p.scale_up, p.scale_down, p.news_z) AS concat_ws
           FROM (((oplatency.baselines b
             JOIN oplatency.baseline_profiles p ON ((b.baseline_id = p.baseline_id)))
             JOIN oplatency.operation_types operations ON ((b.operation_id = operations.operation_id)))
             JOIN oplatency.branches of_branches ON ((b.branch_id = of_branches.branch_id)))
          WHERE (NOT (EXISTS ( SELECT 1
                   FROM oplatency.baselines newer
                  WHERE ((b.operation_id = newer.operation_id) AND (b.branch_id = newer.branch_id) AND (b.as_of = newer.as_of) AND (b.config_hash = newer.config_hash) AND (b.revision < newer.revision)))))
        UNION ALL
         SELECT 'excluded_intervals'::text,
            concat_ws('|'::text, operations.name, of_branches.name, (i.from_at AT TIME ZONE 'UTC'::text), (i.to_at AT TIME ZONE 'UTC'::text), i.is_kept, i.origin, i.reason, (i.known_at AT TIME ZONE 'UTC'::text)) AS concat_ws
           FROM ((oplatency.excluded_intervals i
             JOIN oplatency.operation_types operations ON ((i.operation_id = operations.operation_id)))
             JOIN oplatency.branches of_branches ON ((i.branch_id = of_branches.branch_id)))
          WHERE (i.removed_at IS NULL)
        UNION ALL
         SELECT 'violations'::text,
            concat_ws('|'::text, operations.name, v.branch_id, (v.observed_at AT TIME ZONE 'UTC'::text), v.identity_hash, v.duration_us, v.limit_us, v.severity) AS concat_ws
           FROM (oplatency.violations v
             JOIN oplatency.operation_types operations ON ((v.operation_id = operations.operation_id)))
        UNION ALL
         SELECT 'anomalies'::text,
            concat_ws('|'::text, operations.name, a.branch_id, a.kind, (a.window_start AT TIME ZONE 'UTC'::text), (a.observed_at AT TIME ZONE 'UTC'::text), a.identity_hash, a.duration_us, a.expected_us, a.z, a.classical_z, a.effect, a.severity, a.is_alerting) AS concat_ws
           FROM (oplatency.anomalies a
             JOIN oplatency.operation_types operations ON ((a.operation_id = operations.operation_id)))
        UNION ALL
         SELECT 'degradations'::text,
            concat_ws('|'::text, operations.name, d.branch_id, d.kind, (d.window_start AT TIME ZONE 'UTC'::text), (d.window_end AT TIME ZONE 'UTC'::text), d.n_before, d.n_after, d.before_us, d.after_us, d.z, d.effect, d.effect_low, d.effect_high, d.severity) AS concat_ws
           FROM (oplatency.degradations d
             JOIN oplatency.operation_types operations ON ((d.operation_id = operations.operation_id)))
        UNION ALL
         SELECT 'verdicts'::text,
            concat_ws('|'::text, operations.name, v.branch_id, v.rule, (v.window_start AT TIME ZONE 'UTC'::text), (v.window_end AT TIME ZONE 'UTC'::text), v.n_calls, v.n_findings, v.outcome, v.observed, v.expected, v.needed, v.gates) AS concat_ws
           FROM (oplatency.verdicts v
             JOIN oplatency.operation_types operations ON ((v.operation_id = operations.operation_id)))
        UNION ALL
         SELECT 'correlations'::text,
            concat_ws('|'::text, (c.as_of AT TIME ZONE 'UTC'::text), first_operations.name, second_operations.name, c.raw_pearson, c.raw_spearman, c.corrected, c.joint_bins, c.effective_n, c.p, c.q, c.lag_bins, c.strength) AS concat_ws
           FROM ((oplatency.correlations c
             JOIN oplatency.operation_types first_operations ON ((c.operation_a_id = first_operations.operation_id)))
             JOIN oplatency.operation_types second_operations ON ((c.operation_b_id = second_operations.operation_id)))
        UNION ALL
         SELECT 'correlation_groups'::text,
            concat_ws('|'::text, (correlation_groups.as_of AT TIME ZONE 'UTC'::text), correlation_groups.members, (correlation_groups.onset_at AT TIME ZONE 'UTC'::text), correlation_groups.bottleneck, correlation_groups.is_alerting) AS concat_ws
           FROM oplatency.correlation_groups
        )
 SELECT of_table,
    count(*) AS n_rows,
    md5(string_agg(content, '
'::text ORDER BY (content COLLATE "C"))) AS digest
   FROM contents
  GROUP BY of_table
  ORDER BY of_table;

COMMENT ON VIEW oplatency.v_digest IS 'Names the content of each table from facts to findings: equal data, equal digest.';

COMMENT ON COLUMN oplatency.v_digest.of_table IS 'Table.';

COMMENT ON COLUMN oplatency.v_digest.n_rows IS 'Rows; of baselines the newest revision only.';

COMMENT ON COLUMN oplatency.v_digest.digest IS 'MD5 over the sorted rows, surrogate keys and times of recording left out.';

CREATE VIEW oplatency.v_excluded_intervals AS
 WITH noted AS (
         SELECT intervals.interval_id,
            intervals.operation_id,
            intervals.branch_id,
            intervals.from_at,
            intervals.to_at,
            intervals.origin,
            intervals.reason,
            intervals.is_kept AS kept,
            intervals.known_at,
            intervals.noted_by,
            intervals.removed_at
           FROM oplatency.excluded_intervals intervals
        ), alerted AS (
         SELECT NULL::bigint AS interval_id,
            baselines.operation_id,
            baselines.branch_id,
            parts."from" AS from_at,
            parts."to" AS to_at,
            parts.origin,
            parts.reason,
            false AS kept,
            baselines.as_of AS known_at,
            NULL::text AS noted_by,
            NULL::timestamp with time zone AS removed_at
           FROM (oplatency.active_baselines baselines
             CROSS JOIN LATERAL jsonb_to_recordset(baselines.excluded) parts("from" timestamp with time zone, "to" timestamp with time zone, origin text, reason text))
          WHERE (parts.origin = 'alert'::text)
        ), every_interval AS (
         SELECT noted.interval_id,
            noted.operation_id,
            noted.branch_id,
            noted.from_at,
            noted.to_at,
            noted.origin,
            noted.reason,
            noted.kept,
            noted.known_at,
            noted.noted_by,
            noted.removed_at
           FROM noted
        UNION ALL
         SELECT alerted.interval_id,
            alerted.operation_id,
            alerted.branch_id,
            alerted.from_at,
            alerted.to_at,
            alerted.origin,
            alerted.reason,
            alerted.kept,
            alerted.known_at,
            alerted.noted_by,
            alerted.removed_at
           FROM alerted
        )
 SELECT every_interval.interval_id,
    operations.name AS operation,
    branches.name AS branch,
    every_interval.from_at,
    every_interval.to_at,
    every_interval.origin,
    every_interval.reason,
    every_interval.kept,
    every_interval.known_at,
    every_interval.noted_by,
    every_interval.removed_at
   FROM ((every_interval
     JOIN oplatency.operation_types operations ON ((every_interval.operation_id = operations.operation_id)))
     JOIN oplatency.branches branches ON ((every_interval.branch_id = branches.branch_id)))
  ORDER BY every_interval.from_at, operations.name, branches.name, every_interval.interval_id;

COMMENT ON VIEW oplatency.v_excluded_intervals IS 'Stretches that are no part of what is normal: noted by people and incidents, and left out because they alerted.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.interval_id IS 'Key of a noted interval; null = the alert rule found it.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.operation IS 'Operation.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.branch IS 'Branch; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.from_at IS 'First instant, inclusive.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.to_at IS 'End, exclusive.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.origin IS 'Who says so: alert (the rule of detection), person or incident.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.reason IS 'Why, in words.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.kept IS 'True = a person says the opposite: what alerts in it stays in the baselines.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.known_at IS 'Baselines as of this instant or later take it into account.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.noted_by IS 'Who noted it; null = the alert rule found it.';

COMMENT ON COLUMN oplatency.v_excluded_intervals.removed_at IS 'When it was taken back; null = it holds.';

CREATE VIEW oplatency.v_ingest_batches AS
 SELECT batch_id AS batch,
    source,
    format,
    path,
    status,
    rows_in,
    accepted,
    duplicate,
    quarantined,
    reasons,
    bytes,
    seconds,
    received_at,
    published_at,
    ((rows_in)::double precision / NULLIF(seconds, (0)::double precision)) AS rows_per_second,
    redrive_of
   FROM oplatency.ingest_batches ingest_batches
  ORDER BY batch_id;

COMMENT ON VIEW oplatency.v_ingest_batches IS 'Inputs in order of arrival. Of a published batch, rows_in = accepted + duplicate + quarantined.';

COMMENT ON COLUMN oplatency.v_ingest_batches.batch IS 'Number of the batch.';

COMMENT ON COLUMN oplatency.v_ingest_batches.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.v_ingest_batches.format IS 'How the bytes were read.';

COMMENT ON COLUMN oplatency.v_ingest_batches.path IS 'Where the bytes came from.';

COMMENT ON COLUMN oplatency.v_ingest_batches.status IS 'staged, audited, failed, published, partial_source (published, its last row was cut off), or superseded.';

COMMENT ON COLUMN oplatency.v_ingest_batches.rows_in IS 'Rows in the input, headers not counted.';

COMMENT ON COLUMN oplatency.v_ingest_batches.accepted IS 'Rows that became facts.';

COMMENT ON COLUMN oplatency.v_ingest_batches.duplicate IS 'Rows that were facts already.';

COMMENT ON COLUMN oplatency.v_ingest_batches.quarantined IS 'Rows put aside with a reason.';

COMMENT ON COLUMN oplatency.v_ingest_batches.reasons IS 'Quarantined rows by reason code, a JSON object.';

COMMENT ON COLUMN oplatency.v_ingest_batches.bytes IS 'Size of the input in bytes.';

COMMENT ON COLUMN oplatency.v_ingest_batches.seconds IS 'Time from first byte to publish, in seconds.';

COMMENT ON COLUMN oplatency.v_ingest_batches.received_at IS 'When the input was taken up.';

COMMENT ON COLUMN oplatency.v_ingest_batches.published_at IS 'When its rows became facts; null = not yet.';

COMMENT ON COLUMN oplatency.v_ingest_batches.rows_per_second IS 'rows_in by seconds, from first byte to publish; null = not closed yet.';

COMMENT ON COLUMN oplatency.v_ingest_batches.redrive_of IS 'Batch whose quarantined rows were tried again; null = its rows came from a source.';

CREATE VIEW oplatency.v_ingest_health AS
 WITH arrivals AS (
         SELECT ingest_batches.source,
            ingest_batches.received_at,
            ingest_batches.newest_call_at,
            ingest_batches.rows_in,
            ingest_batches.accepted,
            ingest_batches.quarantined
           FROM oplatency.ingest_batches ingest_batches
          WHERE ((ingest_batches.format <> 'builtin'::text) AND (ingest_batches.redrive_of IS NULL) AND (ingest_batches.status = ANY (ARRAY['published'::text, 'partial_source'::text, 'failed'::text])))
        ), polled AS (
         SELECT source_watermarks.source,
            max(source_watermarks.polled_at) AS polled_at
           FROM oplatency.source_watermarks source_watermarks
          GROUP BY source_watermarks.source
        ), by_source AS (
         SELECT arrivals.source,
            max(arrivals.received_at) AS received_at,
            max(arrivals.received_at) FILTER (WHERE (arrivals.accepted > 0)) AS delivered_at,
            max(arrivals.newest_call_at) AS newest_call_at,
            (COALESCE(sum(arrivals.rows_in) FILTER (WHERE (arrivals.received_at >= (oplatency.reference_time() - '24:00:00'::interval))), (0)::numeric))::bigint AS rows_24h,
            (COALESCE(sum(arrivals.quarantined) FILTER (WHERE (arrivals.received_at >= (oplatency.reference_time() - '24:00:00'::interval))), (0)::numeric))::bigint AS refused_24h,
            (COALESCE(sum(arrivals.rows_in) FILTER (WHERE (arrivals.received_at >= (oplatency.reference_time() - '168:00:00'::interval))), (0)::numeric))::bigint AS rows_7d
           FROM arrivals
          GROUP BY arrivals.source
        ), habits AS (
         SELECT arrivals.source,
            count(DISTINCT date_trunc('hour'::text, arrivals.received_at, 'UTC'::text)) AS n_hours,
            count(DISTINCT date_trunc('day'::text, arrivals.received_at, 'UTC'::text)) AS n_days
           FROM (arrivals
             JOIN by_source ON ((arrivals.source = by_source.source)))
          WHERE ((arrivals.accepted > 0) AND (arrivals.received_at >= (by_source.delivered_at - '672:00:00'::interval)))
          GROUP BY arrivals.source
        ), gaps AS (
         SELECT arrivals.source,
            ((EXTRACT(epoch FROM (arrivals.received_at - lag(arrivals.received_at) OVER (PARTITION BY arrivals.source ORDER BY arrivals.received_at))))::double precision / (60)::double precision) AS gap_minutes
           FROM (arrivals
             JOIN by_source ON ((arrivals.source = by_source.source)))
          WHERE ((arrivals.accepted > 0) AND (arrivals.received_at >= (by_source.delivered_at - '168:00:00'::interval)))
        ), usual_gaps AS (
         SELECT gaps.source,
            count(gaps.gap_minutes) AS n_gaps,
            percentile_cont((0.5)::double precision) WITHIN GROUP (ORDER BY gaps.gap_minutes) AS p50_minutes,
            percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY gaps.gap_minutes) AS p95_minutes,
            (array_agg(gaps.gap_minutes ORDER BY gaps.gap_minutes DESC))[2] AS second_longest_minutes
           FROM gaps
          WHERE (gaps.gap_minutes IS NOT NULL)
          GROUP BY gaps.source
        ), judged AS (
         SELECT COALESCE(by_source.source, polled.source) AS source,
            (polled.source IS NOT NULL) AS is_polled,
            GREATEST(by_source.received_at, polled.polled_at) AS last_arrival_at,
            by_source.newest_call_at,
            COALESCE(by_source.rows_24h, (0)::bigint) AS rows_24h,
            COALESCE(by_source.rows_7d, (0)::bigint) AS rows_7d,
            by_source.refused_24h,
            usual_gaps.p50_minutes,
            usual_gaps.p95_minutes,
                CASE
                    WHEN ((habits.n_hours >= 10) AND (habits.n_days >= 2) AND (usual_gaps.n_gaps >= 3)) THEN GREATEST(((3)::double precision * usual_gaps.p95_minutes), ((1.5)::double precision * usual_gaps.second_longest_minutes), (60)::double precision)
                    ELSE NULL::double precision
                END AS silent_after_minutes
           FROM (((by_source
             FULL JOIN polled ON ((by_source.source = polled.source)))
             LEFT JOIN habits ON ((by_source.source = habits.source)))
             LEFT JOIN usual_gaps ON ((by_source.source = usual_gaps.source)))
        )
 SELECT source,
    is_polled,
    last_arrival_at,
    GREATEST(((EXTRACT(epoch FROM (oplatency.reference_time() - last_arrival_at)))::double precision / (60)::double precision), (0)::double precision) AS minutes_since_arrival,
    newest_call_at AS last_call_at,
        CASE
            WHEN (newest_call_at IS NOT NULL) THEN GREATEST(((EXTRACT(epoch FROM (oplatency.reference_time() - newest_call_at)))::double precision / (60)::double precision), (0)::double precision)
            ELSE NULL::double precision
        END AS lag_minutes,
    rows_24h,
    rows_7d,
    (((100)::double precision * (refused_24h)::double precision) / (NULLIF(rows_24h, 0))::double precision) AS refused_24h_pct,
    p50_minutes AS gap_p50_minutes,
    p95_minutes AS gap_p95_minutes,
    silent_after_minutes,
    COALESCE((((EXTRACT(epoch FROM (oplatency.reference_time() - last_arrival_at)))::double precision / (60)::double precision) > silent_after_minutes), false) AS is_silent
   FROM judged
  ORDER BY source;

COMMENT ON VIEW oplatency.v_ingest_health IS 'Per source: last arrival, lag, refused share, and whether it fell silent. Calls recorded from SQL come in no batch and are left out.';

COMMENT ON COLUMN oplatency.v_ingest_health.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.v_ingest_health.is_polled IS 'Whether it is asked for its rows, instead of sending files.';

COMMENT ON COLUMN oplatency.v_ingest_health.last_arrival_at IS 'When its last batch was taken up, refused ones included; of a polled source, when it was last read without an error if that is later.';

COMMENT ON COLUMN oplatency.v_ingest_health.minutes_since_arrival IS 'Minutes from last_arrival_at to the reference time; 0 if it is later.';

COMMENT ON COLUMN oplatency.v_ingest_health.last_call_at IS 'When the newest call it brought started; null = it brought none, or only before this was noted.';

COMMENT ON COLUMN oplatency.v_ingest_health.lag_minutes IS 'Minutes from last_call_at to the reference time; 0 if it is later, null = no such call.';

COMMENT ON COLUMN oplatency.v_ingest_health.rows_24h IS 'Rows that arrived in the 24 hours before the reference time.';

COMMENT ON COLUMN oplatency.v_ingest_health.rows_7d IS 'Rows that arrived in the 7 days before the reference time.';

COMMENT ON COLUMN oplatency.v_ingest_health.refused_24h_pct IS 'Those of rows_24h that are in quarantine, in percent; null = no rows.';

COMMENT ON COLUMN oplatency.v_ingest_health.gap_p50_minutes IS 'Median of the gaps between arrivals with accepted rows, of the 7 days up to the last, in minutes; null = fewer than two.';

COMMENT ON COLUMN oplatency.v_ingest_health.gap_p95_minutes IS '95th percentile of the same gaps, in minutes; null = fewer than two arrivals.';

COMMENT ON COLUMN oplatency.v_ingest_health.silent_after_minutes IS 'Minutes without an arrival after which it counts as silent: the largest of 3 times gap_p95_minutes, 1.5 times the second longest gap, and 60. Null = it did not deliver in 10 different hours on 2 days of the 28 before its last, so it is never silent.';

COMMENT ON COLUMN oplatency.v_ingest_health.is_silent IS 'Whether nothing arrived for longer than silent_after_minutes.';

CREATE VIEW oplatency.v_job_runs AS
 SELECT job,
    NULLIF(scope, ''::text) AS operation,
    window_start,
    window_end,
    status,
    config_hash,
    result,
    staged_at,
    audited_at,
    published_at
   FROM oplatency.job_runs job_runs;

COMMENT ON VIEW oplatency.v_job_runs IS 'Attempts of jobs over their windows, from stage to publish.';

COMMENT ON COLUMN oplatency.v_job_runs.job IS 'Name of the job, which is also its DAG.';

COMMENT ON COLUMN oplatency.v_job_runs.operation IS 'The one operation it was limited to; null = all.';

COMMENT ON COLUMN oplatency.v_job_runs.window_start IS 'First instant of the window, inclusive.';

COMMENT ON COLUMN oplatency.v_job_runs.window_end IS 'End of the window, exclusive.';

COMMENT ON COLUMN oplatency.v_job_runs.status IS 'staged, audited, failed (audit refused), published, or superseded by a newer attempt.';

COMMENT ON COLUMN oplatency.v_job_runs.config_hash IS 'Settings it used.';

COMMENT ON COLUMN oplatency.v_job_runs.result IS 'What it reports.';

COMMENT ON COLUMN oplatency.v_job_runs.staged_at IS 'When its rows were staged.';

COMMENT ON COLUMN oplatency.v_job_runs.audited_at IS 'When their audit ended; null = it has not.';

COMMENT ON COLUMN oplatency.v_job_runs.published_at IS 'When they were published; null = they are not.';

CREATE VIEW oplatency.v_marks AS
 SELECT title,
    began_at,
    ended_at,
    operations,
    note
   FROM oplatency.marks marks;

COMMENT ON VIEW oplatency.v_marks IS 'Incidents, deployments and other events that people have noted.';

COMMENT ON COLUMN oplatency.v_marks.title IS 'What happened, in a few words.';

COMMENT ON COLUMN oplatency.v_marks.began_at IS 'Begin, inclusive.';

COMMENT ON COLUMN oplatency.v_marks.ended_at IS 'End, exclusive.';

COMMENT ON COLUMN oplatency.v_marks.operations IS 'Operations it is known to have touched; empty = not known.';

COMMENT ON COLUMN oplatency.v_marks.note IS 'The cause, in words.';

CREATE VIEW oplatency.v_merge_performance_summary AS
 SELECT merge_rows.merge_id,
    source_branches.name AS source_branch,
    target_branches.name AS target_branch,
    ((merge_rows.total_us)::double precision / (1000)::double precision) AS total_ms,
    ((merge_rows.merge_base_us)::double precision / (1000)::double precision) AS merge_base_ms,
    ((merge_rows.conflict_detection_us)::double precision / (1000)::double precision) AS conflict_detection_ms,
    ((merge_rows.auto_resolution_us)::double precision / (1000)::double precision) AS auto_resolution_ms,
    merge_rows.n_conflicts AS conflict_count,
    merge_rows.n_auto_resolved AS auto_resolved,
    merge_rows.n_unresolved AS unresolved,
    (((100)::double precision * (merge_rows.n_auto_resolved)::double precision) / (NULLIF(merge_rows.n_conflicts, 0))::double precision) AS auto_resolution_pct,
    merge_rows.merge_status,
    users.name AS user_name,
    merge_rows.started_at
   FROM (((oplatency.merges merge_rows
     JOIN oplatency.branches source_branches ON ((merge_rows.source_branch_id = source_branches.branch_id)))
     JOIN oplatency.branches target_branches ON ((merge_rows.target_branch_id = target_branches.branch_id)))
     JOIN oplatency.users users ON ((merge_rows.user_id = users.user_id)))
  ORDER BY merge_rows.started_at DESC, merge_rows.merge_id DESC;

COMMENT ON VIEW oplatency.v_merge_performance_summary IS 'What each merge took, by phase, and how its conflicts ended; newest first.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.merge_id IS 'Number of the merge.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.source_branch IS 'Branch that was merged.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.target_branch IS 'Branch it was merged into.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.total_ms IS 'Whole duration in milliseconds.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.merge_base_ms IS 'Search for the common ancestor, in milliseconds; null = not measured.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.conflict_detection_ms IS 'Conflict detection, in milliseconds; null = not measured.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.auto_resolution_ms IS 'Automatic resolution, in milliseconds; null = not measured.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.conflict_count IS 'Conflicts found.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.auto_resolved IS 'Conflicts resolved by rule.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.unresolved IS 'Conflicts left to a person.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.auto_resolution_pct IS 'auto_resolved in percent of conflict_count; null = no conflict was found.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.merge_status IS 'SUCCESS, PARTIAL_SUCCESS, FAILED or ABANDONED.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.user_name IS 'Who merged; (unknown) where nobody told.';

COMMENT ON COLUMN oplatency.v_merge_performance_summary.started_at IS 'Start of the merge.';

CREATE VIEW oplatency.v_merge_statistics AS
 WITH pairs AS (
         SELECT merge_rows.source_branch_id,
            merge_rows.target_branch_id,
            count(*) AS n_merges,
            ((sum(merge_rows.total_us))::double precision / (count(*))::double precision) AS mean_us,
            min(merge_rows.total_us) AS min_us,
            max(merge_rows.total_us) AS max_us,
            percentile_cont((0.99)::double precision) WITHIN GROUP (ORDER BY ((merge_rows.total_us)::double precision)) AS p99_us,
            ((sum(merge_rows.n_conflicts))::double precision / (count(*))::double precision) AS mean_conflicts,
            max(merge_rows.n_conflicts) AS max_conflicts,
            count(*) FILTER (WHERE (merge_rows.merge_status = 'SUCCESS'::text)) AS n_successful,
            count(*) FILTER (WHERE (merge_rows.merge_status = 'FAILED'::text)) AS n_failed,
            max(merge_rows.started_at) AS newest_at
           FROM oplatency.merges merge_rows
          GROUP BY merge_rows.source_branch_id, merge_rows.target_branch_id
        )
 SELECT source_branches.name AS source_branch,
    target_branches.name AS target_branch,
    pairs.n_merges AS merge_count,
    (pairs.mean_us / (1000)::double precision) AS avg_ms,
    ((pairs.min_us)::double precision / (1000)::double precision) AS min_ms,
    ((pairs.max_us)::double precision / (1000)::double precision) AS max_ms,
    (pairs.p99_us / (1000)::double precision) AS p99_ms,
    pairs.mean_conflicts AS avg_conflicts,
    pairs.max_conflicts,
    pairs.n_successful AS successful,
    pairs.n_failed AS failed,
    pairs.newest_at AS last_merge_at
   FROM ((pairs
     JOIN oplatency.branches source_branches ON ((pairs.source_branch_id = source_branches.branch_id)))
     JOIN oplatency.branches target_branches ON ((pairs.target_branch_id = target_branches.branch_id)))
  ORDER BY source_branches.name, target_branches.name;

COMMENT ON VIEW oplatency.v_merge_statistics IS 'How merges between two branches go. Times hold every merge, whatever its outcome.';

COMMENT ON COLUMN oplatency.v_merge_statistics.source_branch IS 'Branch that was merged.';

COMMENT ON COLUMN oplatency.v_merge_statistics.target_branch IS 'Branch it was merged into.';

COMMENT ON COLUMN oplatency.v_merge_statistics.merge_count IS 'Merges of any outcome.';

COMMENT ON COLUMN oplatency.v_merge_statistics.avg_ms IS 'Mean duration in milliseconds.';

COMMENT ON COLUMN oplatency.v_merge_statistics.min_ms IS 'Fastest merge in milliseconds.';

COMMENT ON COLUMN oplatency.v_merge_statistics.max_ms IS 'Slowest merge in milliseconds.';

COMMENT ON COLUMN oplatency.v_merge_statistics.p99_ms IS '99th percentile of durations in milliseconds; exact, linear interpolation.';

COMMENT ON COLUMN oplatency.v_merge_statistics.avg_conflicts IS 'Mean number of conflicts found per merge.';

COMMENT ON COLUMN oplatency.v_merge_statistics.max_conflicts IS 'Most conflicts found in one merge.';

COMMENT ON COLUMN oplatency.v_merge_statistics.successful IS 'Merges that ended as SUCCESS; PARTIAL_SUCCESS and ABANDONED are in neither this nor failed.';

COMMENT ON COLUMN oplatency.v_merge_statistics.failed IS 'Merges that ended as FAILED.';

COMMENT ON COLUMN oplatency.v_merge_statistics.last_merge_at IS 'Start of the newest merge.';

CREATE VIEW oplatency.v_operation_changes AS
 SELECT changes.change_no,
    operations.name AS operation,
    changes.setting,
    changes.old_value,
    changes.new_value,
    changes.note,
    changes.changed_by,
    changes.changed_at
   FROM (oplatency.operation_changes changes
     JOIN oplatency.operation_types operations ON ((changes.operation_id = operations.operation_id)));

COMMENT ON VIEW oplatency.v_operation_changes IS 'What people set for single operations: who, when and why.';

COMMENT ON COLUMN oplatency.v_operation_changes.change_no IS 'Order of the changes.';

COMMENT ON COLUMN oplatency.v_operation_changes.operation IS 'Operation it was set for.';

COMMENT ON COLUMN oplatency.v_operation_changes.setting IS 'alert_threshold, is_tracked, category, min_effect or scale_floor.';

COMMENT ON COLUMN oplatency.v_operation_changes.old_value IS 'What held before; a JSON null is the general setting.';

COMMENT ON COLUMN oplatency.v_operation_changes.new_value IS 'What holds from then on; a JSON null is the general setting.';

COMMENT ON COLUMN oplatency.v_operation_changes.note IS 'Why, in words.';

COMMENT ON COLUMN oplatency.v_operation_changes.changed_by IS 'Who set it.';

COMMENT ON COLUMN oplatency.v_operation_changes.changed_at IS 'When it was set.';

CREATE VIEW oplatency.v_operation_performance_summary AS
 WITH calls AS (
         SELECT metrics.operation_id,
            count(*) AS n_calls,
            ((sum(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)))::double precision / (count(*) FILTER (WHERE (metrics.error IS NULL)))::double precision) AS mean_us,
            percentile_cont((ARRAY[0.5, 0.99])::double precision[]) WITHIN GROUP (ORDER BY ((metrics.duration_us)::double precision)) FILTER (WHERE (metrics.error IS NULL)) AS percentiles_us,
            min(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)) AS min_us,
            max(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)) AS max_us,
            max(metrics.started_at) AS newest_at,
            max(metrics.duration_us) FILTER (WHERE ((metrics.error IS NULL) AND (metrics.started_at >= (( SELECT oplatency.reference_time() AS reference_time) - '24:00:00'::interval)) AND (metrics.started_at < ( SELECT oplatency.reference_time() AS reference_time)))) AS slowest_of_day_us
           FROM oplatency.metrics metrics
          GROUP BY metrics.operation_id
        )
 SELECT operation_types.name AS operation_type,
    calls.n_calls AS execution_count,
    (calls.mean_us / (1000)::double precision) AS avg_ms,
    (calls.percentiles_us[1] / (1000)::double precision) AS p50_ms,
    (calls.percentiles_us[2] / (1000)::double precision) AS p99_ms,
    ((calls.min_us)::double precision / (1000)::double precision) AS min_ms,
    ((calls.max_us)::double precision / (1000)::double precision) AS max_ms,
    calls.newest_at AS last_execution_at,
    (baselines.p99_us / (1000)::double precision) AS baseline_p99_ms,
    ((baselines.p99_us * baselines.alert_threshold) / (1000)::double precision) AS limit_ms,
        CASE
            WHEN (baselines.p99_us IS NULL) THEN 'NO_BASELINE'::text
            WHEN ((calls.slowest_of_day_us)::double precision > (baselines.p99_us * baselines.alert_threshold)) THEN 'VIOLATION'::text
            ELSE 'OK'::text
        END AS status
   FROM ((calls
     JOIN oplatency.operation_types operation_types ON ((calls.operation_id = operation_types.operation_id)))
     LEFT JOIN oplatency.active_baselines baselines ON (((calls.operation_id = baselines.operation_id) AND (baselines.branch_id = 0))))
  ORDER BY operation_types.name;

COMMENT ON VIEW oplatency.v_operation_performance_summary IS 'How each operation performs beside its baseline. Counts hold every call, times only calls without an error.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.operation_type IS 'Operation.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.execution_count IS 'Stored calls, those with an error included.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.avg_ms IS 'Mean duration in milliseconds; null = every call failed, as for the other times.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.p50_ms IS 'Median duration in milliseconds; exact, linear interpolation.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.p99_ms IS '99th percentile of durations in milliseconds; exact, linear interpolation.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.min_ms IS 'Fastest call in milliseconds.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.max_ms IS 'Slowest call in milliseconds.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.last_execution_at IS 'Start of the newest call, with or without an error.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.baseline_p99_ms IS 'p99 of the baseline in force over all branches, in milliseconds; null = it has none.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.limit_ms IS 'Baseline p99 times the alert threshold, in milliseconds: slower is a violation; null = no baseline.';

COMMENT ON COLUMN oplatency.v_operation_performance_summary.status IS 'NO_BASELINE, VIOLATION (a call of the last 24 hours was slower than limit_ms) or OK.';

CREATE VIEW oplatency.v_operations AS
 SELECT name AS operation,
    category,
    area,
    is_tracked AS tracked,
    alert_threshold,
    min_effect,
    scale_floor
   FROM oplatency.operation_types operations;

COMMENT ON VIEW oplatency.v_operations IS 'The catalogue of operations, those without a call among them.';

COMMENT ON COLUMN oplatency.v_operations.operation IS 'Name.';

COMMENT ON COLUMN oplatency.v_operations.category IS 'READ, WRITE, ADMIN or UNKNOWN.';

COMMENT ON COLUMN oplatency.v_operations.area IS 'Part of the system it belongs to.';

COMMENT ON COLUMN oplatency.v_operations.tracked IS 'Whether baselines and detection look at it.';

COMMENT ON COLUMN oplatency.v_operations.alert_threshold IS 'A call slower than baseline p99 times this is a violation.';

COMMENT ON COLUMN oplatency.v_operations.min_effect IS 'Smallest slow-down that is a finding, as a fraction; null = the setting points.min_effect.';

COMMENT ON COLUMN oplatency.v_operations.scale_floor IS 'Smallest scale, in ln(duration); null = the setting points.scale_floor.';

CREATE VIEW oplatency.v_performance_alerts_critical AS
 SELECT alerts.alert_id,
    COALESCE(operation_types.name, (alerts.evidence ->> 'source'::text)) AS operation_type,
    alerts.alert_type,
    (alerts.actual_us / (1000)::double precision) AS actual_ms,
    (alerts.baseline_p99_us / (1000)::double precision) AS baseline_p99_ms,
    (((100)::double precision * (alerts.actual_us - alerts.baseline_p99_us)) / NULLIF(alerts.baseline_p99_us, (0)::double precision)) AS percent_over_baseline,
    users.name AS user_name,
    alerts.observed_at AS created_at,
    GREATEST(((EXTRACT(epoch FROM (oplatency.reference_time() - alerts.observed_at)))::double precision / (60)::double precision), (0)::double precision) AS minutes_unacknowledged
   FROM ((oplatency.alerts alerts
     LEFT JOIN oplatency.operation_types operation_types ON ((alerts.operation_id = operation_types.operation_id)))
     JOIN oplatency.users users ON ((alerts.user_id = users.user_id)))
  WHERE ((alerts.severity = 'CRITICAL'::text) AND (alerts.acknowledged_at IS NULL))
  ORDER BY alerts.observed_at DESC, alerts.alert_id DESC;

COMMENT ON VIEW oplatency.v_performance_alerts_critical IS 'CRITICAL alerts that nobody has acknowledged, newest first.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.alert_id IS 'Number of the alert.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.operation_type IS 'Operation it is about; the name of the source where that is what fell silent.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.alert_type IS 'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.actual_ms IS 'What was measured, in milliseconds; of a SILENCE the time without a call or an arrival.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.baseline_p99_ms IS 'p99 of the baseline it was judged against, in milliseconds; null = none.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.percent_over_baseline IS 'How far actual_ms lies above baseline_p99_ms, in percent of it; negative = below, null = no baseline.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.user_name IS 'Who made the call; (unknown) also where many did.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.created_at IS 'When what it tells of happened.';

COMMENT ON COLUMN oplatency.v_performance_alerts_critical.minutes_unacknowledged IS 'Minutes from created_at to the reference time; 0 if it happened later.';

CREATE VIEW oplatency.v_performance_alerts_recent AS
 WITH newest AS (
         SELECT alerts.alert_id,
            alerts.dedupe_key,
            alerts.alert_type,
            alerts.operation_id,
            alerts.branch_id,
            alerts.user_id,
            alerts.severity,
            alerts.actual_us,
            alerts.baseline_p99_us,
            alerts.evidence,
            alerts.observed_at,
            alerts.raised_at,
            alerts.acknowledged_at,
            alerts.acknowledged_by,
            alerts.acknowledgement_note
           FROM oplatency.alerts alerts
          ORDER BY alerts.observed_at DESC, alerts.alert_id DESC
         LIMIT 100
        )
 SELECT newest.alert_id,
    COALESCE(operation_types.name, (newest.evidence ->> 'source'::text)) AS operation_type,
    newest.alert_type,
    newest.severity,
    (newest.actual_us / (1000)::double precision) AS actual_ms,
    (newest.baseline_p99_us / (1000)::double precision) AS baseline_p99_ms,
    (newest.actual_us / NULLIF(newest.baseline_p99_us, (0)::double precision)) AS times_over_baseline,
    users.name AS user_name,
    newest.observed_at AS created_at,
    (newest.acknowledged_at IS NOT NULL) AS is_acknowledged,
    GREATEST(((EXTRACT(epoch FROM (oplatency.reference_time() - newest.observed_at)))::double precision / (60)::double precision), (0)::double precision) AS age_minutes
   FROM ((newest
     LEFT JOIN oplatency.operation_types operation_types ON ((newest.operation_id = operation_types.operation_id)))
     JOIN oplatency.users users ON ((newest.user_id = users.user_id)))
  ORDER BY newest.observed_at DESC, newest.alert_id DESC;

COMMENT ON VIEW oplatency.v_performance_alerts_recent IS 'The 100 alerts that happened last, newest first.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.alert_id IS 'Number of the alert.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.operation_type IS 'Operation it is about; the name of the source where that is what fell silent.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.alert_type IS 'VIOLATION, ANOMALY, DEGRADATION, CORRELATION or SILENCE.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.severity IS 'INFO, WARNING or CRITICAL.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.actual_ms IS 'What was measured, in milliseconds; of a SILENCE the time without a call or an arrival.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.baseline_p99_ms IS 'p99 of the baseline it was judged against, in milliseconds; null = none.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.times_over_baseline IS 'actual_ms / baseline_p99_ms; null = no baseline.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.user_name IS 'Who made the call; (unknown) also where many did.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.created_at IS 'When what it tells of happened.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.is_acknowledged IS 'Whether a person took it.';

COMMENT ON COLUMN oplatency.v_performance_alerts_recent.age_minutes IS 'Minutes from created_at to the reference time; 0 if it happened later.';

CREATE VIEW oplatency.v_performance_dashboard_summary AS
 WITH calls_by_operation AS (
         SELECT metrics.operation_id,
            count(*) AS n_calls,
            max(metrics.started_at) AS newest_at
           FROM oplatency.metrics metrics
          GROUP BY metrics.operation_id
        ), calls AS (
         SELECT (COALESCE(sum(calls_by_operation.n_calls), (0)::numeric))::bigint AS n_calls,
            count(*) AS n_operations,
            max(calls_by_operation.newest_at) AS newest_at
           FROM calls_by_operation
        ), open_alerts AS (
         SELECT count(*) AS n_open,
            count(*) FILTER (WHERE (alerts.severity = 'CRITICAL'::text)) AS n_critical
           FROM oplatency.alerts alerts
          WHERE (alerts.acknowledged_at IS NULL)
        )
 SELECT calls.n_calls AS total_metrics,
    ( SELECT count(DISTINCT spans.trace_id) AS count
           FROM oplatency.spans spans) AS total_traces,
    ( SELECT count(*) AS count
           FROM oplatency.active_baselines active_baselines
          WHERE (active_baselines.branch_id = 0)) AS active_baselines,
    open_alerts.n_open AS unacknowledged_alerts,
    open_alerts.n_critical AS critical_alerts,
    calls.n_operations AS operation_types_seen,
    calls.newest_at AS newest_metric_at,
    oplatency.reference_time() AS reference_at
   FROM (calls
     CROSS JOIN open_alerts);

COMMENT ON VIEW oplatency.v_performance_dashboard_summary IS 'The totals at the top of the dashboard: one row. Calls that ended with an error are counted.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.total_metrics IS 'Stored calls.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.total_traces IS 'Stored traces; a trace is one or more spans.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.active_baselines IS 'Operations that have a baseline over all branches at the reference time.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.unacknowledged_alerts IS 'Alerts that nobody has taken.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.critical_alerts IS 'Those of them that are CRITICAL: the rows of v_performance_alerts_critical.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.operation_types_seen IS 'Operations with at least one stored call.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.newest_metric_at IS 'Start of the newest stored call; null = no call is stored.';

COMMENT ON COLUMN oplatency.v_performance_dashboard_summary.reference_at IS 'The instant that the views call now.';

CREATE VIEW oplatency.v_performance_trend_hourly AS
 WITH hours AS (
         SELECT metrics.operation_id,
            date_trunc('hour'::text, metrics.started_at, 'UTC'::text) AS hour_at,
            count(*) AS n_calls,
            ((sum(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)))::double precision / (count(*) FILTER (WHERE (metrics.error IS NULL)))::double precision) AS mean_us,
            percentile_cont((ARRAY[0.5, 0.99])::double precision[]) WITHIN GROUP (ORDER BY ((metrics.duration_us)::double precision)) FILTER (WHERE (metrics.error IS NULL)) AS percentiles_us
           FROM oplatency.metrics metrics
          WHERE ((metrics.started_at >= ( SELECT (date_trunc('hour'::text, oplatency.reference_time(), 'UTC'::text) - '168:00:00'::interval))) AND (metrics.started_at < ( SELECT oplatency.reference_time() AS reference_time)))
          GROUP BY metrics.operation_id, (date_trunc('hour'::text, metrics.started_at, 'UTC'::text))
        )
 SELECT operation_types.name AS operation_type,
    hours.hour_at,
    hours.n_calls AS execution_count,
    (hours.mean_us / (1000)::double precision) AS avg_ms,
    (hours.percentiles_us[1] / (1000)::double precision) AS p50_ms,
    (hours.percentiles_us[2] / (1000)::double precision) AS p99_ms
   FROM (hours
     JOIN oplatency.operation_types operation_types ON ((hours.operation_id = operation_types.operation_id)))
  ORDER BY operation_types.name, hours.hour_at;

COMMENT ON VIEW oplatency.v_performance_trend_hourly IS 'Each operation by UTC hour over the last 7 days. Counts hold every call, times only calls without an error.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.operation_type IS 'Operation.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.hour_at IS 'Start of the UTC hour that the calls started in.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.execution_count IS 'Calls, those with an error included.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.avg_ms IS 'Mean duration in milliseconds; null = every call failed, as for the other times.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.p50_ms IS 'Median duration in milliseconds; exact, linear interpolation.';

COMMENT ON COLUMN oplatency.v_performance_trend_hourly.p99_ms IS '99th percentile of durations in milliseconds; exact, linear interpolation.';

CREATE VIEW oplatency.v_quarantine AS
 SELECT quarantined_rows.batch_id AS batch,
    ingest_batches.source,
    ingest_batches.path,
    quarantined_rows.line_no AS line,
    quarantined_rows.reason,
    quarantined_rows.detail,
        CASE
            WHEN (quarantined_rows.released_at IS NOT NULL) THEN 'released'::text
            WHEN (quarantined_rows.discarded_at IS NOT NULL) THEN 'discarded'::text
            ELSE 'held'::text
        END AS state,
    quarantined_rows.released_batch_id AS released_batch
   FROM (oplatency.quarantined_rows quarantined_rows
     JOIN oplatency.ingest_batches ingest_batches ON ((quarantined_rows.batch_id = ingest_batches.batch_id)))
  ORDER BY quarantined_rows.batch_id, quarantined_rows.row_no;

COMMENT ON VIEW oplatency.v_quarantine IS 'Input rows that were refused, in the order of their input, with the reason.';

COMMENT ON COLUMN oplatency.v_quarantine.batch IS 'Number of the batch: the key of v_ingest_batches.';

COMMENT ON COLUMN oplatency.v_quarantine.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.v_quarantine.path IS 'Where the bytes came from.';

COMMENT ON COLUMN oplatency.v_quarantine.line IS 'Line of the input the row starts on, from 1.';

COMMENT ON COLUMN oplatency.v_quarantine.reason IS 'Reason code.';

COMMENT ON COLUMN oplatency.v_quarantine.detail IS 'The offending values, in words.';

COMMENT ON COLUMN oplatency.v_quarantine.state IS 'held (waits for a person), released (passed the gate at a later try), or discarded (given up by a person).';

COMMENT ON COLUMN oplatency.v_quarantine.released_batch IS 'Batch of the try that it passed with; null = it has not.';

CREATE VIEW oplatency.v_slowest_operations_last_24h AS
 WITH slowest AS (
         SELECT metrics.operation_id,
            metrics.branch_id,
            metrics.user_id,
            metrics.started_at,
            metrics.duration_us,
            metrics.identity_hash
           FROM oplatency.metrics metrics
          WHERE ((metrics.error IS NULL) AND (metrics.started_at >= ( SELECT (oplatency.reference_time() - '24:00:00'::interval))) AND (metrics.started_at < ( SELECT oplatency.reference_time() AS reference_time)))
          ORDER BY metrics.duration_us DESC, metrics.started_at DESC, metrics.operation_id, metrics.identity_hash
         LIMIT 50
        )
 SELECT operation_types.name AS operation_type,
    ((slowest.duration_us)::double precision / (1000)::double precision) AS duration_ms,
    users.name AS user_name,
    branches.name AS branch_name,
    slowest.started_at,
    ((EXTRACT(epoch FROM (oplatency.reference_time() - slowest.started_at)))::double precision / (3600)::double precision) AS hours_ago,
    (baselines.p99_us / (1000)::double precision) AS baseline_p99_ms,
    (((100)::double precision * ((slowest.duration_us)::double precision - baselines.p99_us)) / baselines.p99_us) AS percent_over_baseline
   FROM ((((slowest
     JOIN oplatency.operation_types operation_types ON ((slowest.operation_id = operation_types.operation_id)))
     JOIN oplatency.users users ON ((slowest.user_id = users.user_id)))
     JOIN oplatency.branches branches ON ((slowest.branch_id = branches.branch_id)))
     LEFT JOIN oplatency.active_baselines baselines ON (((slowest.operation_id = baselines.operation_id) AND (baselines.branch_id = 0))))
  ORDER BY slowest.duration_us DESC, slowest.started_at DESC, slowest.operation_id, slowest.identity_hash;

COMMENT ON VIEW oplatency.v_slowest_operations_last_24h IS 'The 50 slowest calls without an error of the last 24 hours, slowest first.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.operation_type IS 'Operation that was called.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.duration_ms IS 'Duration of the call in milliseconds.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.user_name IS 'Who called it; (unknown) where the source told none.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.branch_name IS 'Branch it ran on; (unknown) where the source told none.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.started_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.hours_ago IS 'Hours from the start of the call to the reference time.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.baseline_p99_ms IS 'p99 of the baseline in force over all branches, in milliseconds; null = it has none.';

COMMENT ON COLUMN oplatency.v_slowest_operations_last_24h.percent_over_baseline IS 'How far duration_ms lies above baseline_p99_ms, in percent of it; negative = below, null = no baseline.';

CREATE VIEW oplatency.v_statement_aggregates AS
 WITH hours AS (
         SELECT intervals.source,
            intervals.operation_id,
            intervals.branch_id,
            date_trunc('hour'::text, (intervals.interval_end - '00:00:00.000001'::interval), 'UTC'::text) AS hour_at,
            min(intervals.interval_start) AS first_start,
            max(intervals.interval_end) AS last_end,
            (sum(intervals.n_calls))::bigint AS n_calls,
            sum(intervals.total_us) AS total_us,
            (sum(intervals.total_us) / (sum(intervals.n_calls))::double precision) AS mean_us
           FROM oplatency.aggregate_intervals intervals
          GROUP BY intervals.source, intervals.operation_id, intervals.branch_id, (date_trunc('hour'::text, (intervals.interval_end - '00:00:00.000001'::interval), 'UTC'::text))
        ), deviations AS (
         SELECT hours_1.source,
            hours_1.operation_id,
            hours_1.branch_id,
            hours_1.hour_at,
            sqrt((sum(((intervals.n_calls)::double precision * ((intervals.sd_us ^ (2)::double precision) + ((intervals.mean_us - hours_1.mean_us) ^ (2)::double precision)))) / (hours_1.n_calls)::double precision)) AS sd_us
           FROM (hours hours_1
             JOIN oplatency.aggregate_intervals intervals ON (((hours_1.source = intervals.source) AND (hours_1.operation_id = intervals.operation_id) AND (hours_1.branch_id = intervals.branch_id) AND (hours_1.hour_at = date_trunc('hour'::text, (intervals.interval_end - '00:00:00.000001'::interval), 'UTC'::text)))))
          GROUP BY hours_1.source, hours_1.operation_id, hours_1.branch_id, hours_1.hour_at, hours_1.n_calls
        )
 SELECT hours.source,
    operation_types.name AS operation_type,
    branches.name AS branch_name,
    hours.hour_at,
    hours.first_start,
    hours.last_end,
    hours.n_calls AS calls,
    (hours.mean_us / (1000)::double precision) AS mean_ms,
    (deviations.sd_us / (1000)::double precision) AS sd_ms,
    (hours.total_us / (1000000)::double precision) AS total_seconds
   FROM (((hours
     JOIN deviations ON (((hours.source = deviations.source) AND (hours.operation_id = deviations.operation_id) AND (hours.branch_id = deviations.branch_id) AND (hours.hour_at = deviations.hour_at))))
     JOIN oplatency.operation_types operation_types ON ((hours.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((hours.branch_id = branches.branch_id)))
  ORDER BY hours.source, operation_types.name, branches.name, hours.hour_at;

COMMENT ON VIEW oplatency.v_statement_aggregates IS 'Aggregates, no samples: operations of pg_stat_statements by UTC hour. There can be no percentiles, baselines or findings.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.source IS 'Name of the source.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.operation_type IS 'Operation.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.branch_name IS 'Branch; (unknown) where the source declares none.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.hour_at IS 'Start of the UTC hour in which the intervals ended.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.first_start IS 'Since when the calls are counted; before hour_at where an interval is longer than what lies in the hour.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.last_end IS 'Until when the calls are counted, exclusive.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.calls IS 'Calls; those that failed are not known to the source.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.mean_ms IS 'Mean duration in milliseconds, of all these calls.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.sd_ms IS 'Standard deviation of the single durations in milliseconds, ddof 0, pooled over the intervals.';

COMMENT ON COLUMN oplatency.v_statement_aggregates.total_seconds IS 'Sum of the durations in seconds.';

CREATE VIEW oplatency.v_trace_hierarchy AS
 SELECT traces.trace_id,
    tree.span_id,
    tree.parent_span_id,
    tree.span_name,
    operation_types.name AS operation_type,
    tree.span_status,
    ((tree.duration_us)::double precision / (1000)::double precision) AS duration_ms,
        CASE
            WHEN (tree.duration_us IS NOT NULL) THEN ((GREATEST((tree.duration_us - tree.children_us), (0)::bigint))::double precision / (1000)::double precision)
            ELSE NULL::double precision
        END AS self_ms,
    tree.depth,
    tree.path
   FROM ((( SELECT DISTINCT spans.trace_id
           FROM oplatency.spans spans) traces
     LEFT JOIN LATERAL ( WITH RECURSIVE steps AS (
                 SELECT spans.span_id,
                    spans.parent_span_id,
                    spans.span_name,
                    spans.operation_id,
                    spans.span_status,
                    spans.duration_us,
                    row_number() OVER (ORDER BY spans.started_at, spans.span_id) AS step_no
                   FROM oplatency.spans spans
                  WHERE (spans.trace_id = traces.trace_id)
                ), descent AS (
                 SELECT steps_1.span_id,
                    0 AS depth,
                    steps_1.span_name AS path,
                    ARRAY[steps_1.step_no] AS tree_order
                   FROM (steps steps_1
                     LEFT JOIN steps parents ON ((steps_1.parent_span_id = parents.span_id)))
                  WHERE (parents.span_id IS NULL)
                UNION ALL
                 SELECT steps_1.span_id,
                    (descent_1.depth + 1) AS depth,
                    ((descent_1.path || ' > '::text) || steps_1.span_name) AS path,
                    (descent_1.tree_order || steps_1.step_no) AS tree_order
                   FROM (steps steps_1
                     JOIN descent descent_1 ON ((steps_1.parent_span_id = descent_1.span_id)))
                ), times_of_children AS (
                 SELECT steps_1.parent_span_id,
                    (sum(steps_1.duration_us))::bigint AS children_us
                   FROM steps steps_1
                  WHERE (steps_1.span_id <> steps_1.parent_span_id)
                  GROUP BY steps_1.parent_span_id
                )
         SELECT steps.span_id,
            steps.parent_span_id,
            steps.span_name,
            steps.operation_id,
            steps.span_status,
            steps.duration_us,
            COALESCE(times_of_children.children_us, (0)::bigint) AS children_us,
            COALESCE(descent.depth, 0) AS depth,
            COALESCE(descent.path, steps.span_name) AS path,
            COALESCE(descent.tree_order, ARRAY[steps.step_no]) AS tree_order
           FROM ((steps
             LEFT JOIN descent ON ((steps.span_id = descent.span_id)))
             LEFT JOIN times_of_children ON ((steps.span_id = times_of_children.parent_span_id)))) tree ON (true))
     LEFT JOIN oplatency.operation_types operation_types ON ((tree.operation_id = operation_types.operation_id)))
  ORDER BY traces.trace_id, tree.tree_order;

COMMENT ON VIEW oplatency.v_trace_hierarchy IS 'Traces as trees, each trace depth first in order of start. Orphans and spans in a loop of parents count as roots.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.trace_id IS 'Trace.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.span_id IS 'Step, unique within its trace.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.parent_span_id IS 'Step it is part of, as the source told it; null = root of the trace.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.span_name IS 'Free text.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.operation_type IS 'Operation it measures; null = no catalogued operation.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.span_status IS 'RUNNING, SUCCESS or ERROR.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.duration_ms IS 'Duration in milliseconds; null = still running.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.self_ms IS 'Duration less the durations of its direct children, in milliseconds; 0 where children overlap, null = still running.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.depth IS 'Steps between it and its root; 0 = a root.';

COMMENT ON COLUMN oplatency.v_trace_hierarchy.path IS 'Names from its root down to it, joined by " > ".';

CREATE VIEW oplatency.v_user_performance_activity AS
 WITH calls_by_operation AS (
         SELECT metrics.user_id,
            metrics.operation_id,
            count(*) AS n_calls,
            count(*) FILTER (WHERE (metrics.error IS NULL)) AS n_timed,
            COALESCE(sum(metrics.duration_us) FILTER (WHERE (metrics.error IS NULL)), (0)::numeric) AS total_us,
            max(metrics.started_at) AS newest_at
           FROM oplatency.metrics metrics
          GROUP BY metrics.user_id, metrics.operation_id
        ), calls AS (
         SELECT calls_by_operation.user_id,
            (sum(calls_by_operation.n_calls))::bigint AS n_calls,
            count(*) AS n_operations,
            (sum(calls_by_operation.n_timed))::bigint AS n_timed,
            (sum(calls_by_operation.total_us))::double precision AS total_us,
            max(calls_by_operation.newest_at) AS newest_at
           FROM calls_by_operation
          GROUP BY calls_by_operation.user_id
        ), alerts_by_user AS (
         SELECT alerts.user_id,
            count(*) AS n_alerts
           FROM oplatency.alerts alerts
          GROUP BY alerts.user_id
        )
 SELECT users.name AS user_name,
    calls.n_calls AS operations,
    calls.n_operations AS operation_types,
    ((calls.total_us / (NULLIF(calls.n_timed, 0))::double precision) / (1000)::double precision) AS avg_ms,
    (calls.total_us / (1000000)::double precision) AS total_seconds,
    COALESCE(alerts_by_user.n_alerts, (0)::bigint) AS alerts,
    calls.newest_at AS last_operation_at
   FROM ((calls
     JOIN oplatency.users users ON ((calls.user_id = users.user_id)))
     LEFT JOIN alerts_by_user ON ((calls.user_id = alerts_by_user.user_id)))
  ORDER BY users.name;

COMMENT ON VIEW oplatency.v_user_performance_activity IS 'Who calls what, and how long it takes. Counts hold every call, times only calls without an error.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.user_name IS 'Person or service; (unknown) where the source told none.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.operations IS 'Stored calls, those with an error included.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.operation_types IS 'Different operations among them.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.avg_ms IS 'Mean duration in milliseconds; null = every call failed.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.total_seconds IS 'Sum of durations in seconds.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.alerts IS 'Alerts about calls of this user.';

COMMENT ON COLUMN oplatency.v_user_performance_activity.last_operation_at IS 'Start of the newest call, with or without an error.';

CREATE VIEW oplatency.v_verdicts AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    verdicts.rule,
    verdicts.window_start,
    verdicts.window_end,
    verdicts.outcome,
    gates.gate_no,
    (gates.gate ->> 0) AS gate,
    ((gates.gate ->> 1))::double precision AS gate_value,
    ((gates.gate ->> 2))::double precision AS gate_limit,
    ((gates.gate ->> 3))::boolean AS passed,
    verdicts.n_calls AS calls,
    verdicts.n_findings AS findings,
    verdicts.observed,
    verdicts.expected,
    verdicts.needed,
    verdicts.baseline_as_of,
    verdicts.baseline_level,
    baseline_branches.name AS baseline_branch,
    baselines.revision AS baseline_revision,
    baselines.config_hash AS baseline_config_hash,
    oplatency.finding_id(VARIADIC ARRAY['verdict'::text, verdicts.rule, operation_types.name, branches.name, (EXTRACT(epoch FROM verdicts.window_start))::text, (EXTRACT(epoch FROM verdicts.window_end))::text, (gates.gate_no)::text]) AS finding_id
   FROM (((((oplatency.verdicts verdicts
     JOIN oplatency.operation_types operation_types ON ((verdicts.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((verdicts.branch_id = branches.branch_id)))
     LEFT JOIN oplatency.baselines baselines ON ((verdicts.baseline_id = baselines.baseline_id)))
     LEFT JOIN oplatency.branches baseline_branches ON ((baselines.branch_id = baseline_branches.branch_id)))
     CROSS JOIN LATERAL jsonb_array_elements(verdicts.gates) WITH ORDINALITY gates(gate, gate_no));

COMMENT ON VIEW oplatency.v_verdicts IS 'What every rule decided of every window, gate by gate: why something alerted, and why nothing did.';

COMMENT ON COLUMN oplatency.v_verdicts.operation IS 'Operation it is about.';

COMMENT ON COLUMN oplatency.v_verdicts.branch IS 'Branch it is about; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_verdicts.rule IS 'point and silence judge an hour; shift, tail, trend and anchor (against weeks ago) days that end with window_end.';

COMMENT ON COLUMN oplatency.v_verdicts.window_start IS 'First instant of the judged window, inclusive.';

COMMENT ON COLUMN oplatency.v_verdicts.window_end IS 'End of the judged window, exclusive.';

COMMENT ON COLUMN oplatency.v_verdicts.outcome IS 'alert, finding (recorded, tells nobody), quiet, no_calls, or not_judged (nothing to judge against).';

COMMENT ON COLUMN oplatency.v_verdicts.gate_no IS 'Place of the gate among those of its rule, from 1.';

COMMENT ON COLUMN oplatency.v_verdicts.gate IS 'n, z, effect, share, significance, usual, persistence, exclusion, severity, news or coverage: docs/statistics.md, "Verdicts".';

COMMENT ON COLUMN oplatency.v_verdicts.gate_value IS 'What was found; null = could not be computed.';

COMMENT ON COLUMN oplatency.v_verdicts.gate_limit IS 'What it is compared with: at most for exclusion, and for share and significance of a silence; else at least.';

COMMENT ON COLUMN oplatency.v_verdicts.passed IS 'Whether the gate let it through.';

COMMENT ON COLUMN oplatency.v_verdicts.calls IS 'Calls of the window.';

COMMENT ON COLUMN oplatency.v_verdicts.findings IS 'Findings that the rule made of the window.';

COMMENT ON COLUMN oplatency.v_verdicts.observed IS 'What decided, in microseconds: the call that came closest, or the later level; for silence the calls; null = none.';

COMMENT ON COLUMN oplatency.v_verdicts.expected IS 'What was expected there, in microseconds, for silence calls; null = nothing was.';

COMMENT ON COLUMN oplatency.v_verdicts.needed IS 'From where on it would have been a finding, in microseconds, for silence calls; null = not known.';

COMMENT ON COLUMN oplatency.v_verdicts.baseline_as_of IS 'As-of of the baseline it was judged against; null = none.';

COMMENT ON COLUMN oplatency.v_verdicts.baseline_level IS 'What that baseline was made from: branch, operation or, mostly, like operations; null = none, or not noted then.';

COMMENT ON COLUMN oplatency.v_verdicts.baseline_branch IS 'Branch of that baseline; (all) = its operation; null as before.';

COMMENT ON COLUMN oplatency.v_verdicts.baseline_revision IS 'Revision of that baseline; null as before.';

COMMENT ON COLUMN oplatency.v_verdicts.baseline_config_hash IS 'Settings of that baseline; null as before.';

COMMENT ON COLUMN oplatency.v_verdicts.finding_id IS 'Identifier of the verdict at this gate: the same after a re-run or a rebuild.';

CREATE VIEW oplatency.v_violations AS
 SELECT operation_types.name AS operation,
    branches.name AS branch,
    violations.observed_at,
    ((violations.duration_us)::double precision / (1000)::double precision) AS duration_ms,
    (baselines.p99_us / (1000)::double precision) AS baseline_p99_ms,
    (violations.limit_us / (1000)::double precision) AS limit_ms,
    ((violations.duration_us)::double precision / baselines.p99_us) AS times_over_baseline,
    violations.severity,
    baselines.as_of AS baseline_as_of
   FROM (((oplatency.violations violations
     JOIN oplatency.operation_types operation_types ON ((violations.operation_id = operation_types.operation_id)))
     JOIN oplatency.branches branches ON ((violations.branch_id = branches.branch_id)))
     JOIN oplatency.baselines baselines ON ((violations.baseline_id = baselines.baseline_id)));

COMMENT ON VIEW oplatency.v_violations IS 'Calls slower than baseline p99 times the alert threshold. Calls with an error are never judged.';

COMMENT ON COLUMN oplatency.v_violations.operation IS 'Operation that was called.';

COMMENT ON COLUMN oplatency.v_violations.branch IS 'Branch it is about; (all) = all branches.';

COMMENT ON COLUMN oplatency.v_violations.observed_at IS 'Start of the call.';

COMMENT ON COLUMN oplatency.v_violations.duration_ms IS 'Duration of the call in milliseconds.';

COMMENT ON COLUMN oplatency.v_violations.baseline_p99_ms IS 'p99 of the baseline it was judged against, in milliseconds.';

COMMENT ON COLUMN oplatency.v_violations.limit_ms IS 'The limit it broke, in milliseconds.';

COMMENT ON COLUMN oplatency.v_violations.times_over_baseline IS 'duration_ms / baseline_p99_ms.';

COMMENT ON COLUMN oplatency.v_violations.severity IS 'WARNING, or CRITICAL above the critical multiple of p99.';

COMMENT ON COLUMN oplatency.v_violations.baseline_as_of IS 'As-of of the baseline it was judged against.';

ALTER TABLE ONLY oplatency.aggregate_intervals
    ADD CONSTRAINT aggregate_intervals_pk PRIMARY KEY (source, operation_id, branch_id, interval_end, interval_start);

ALTER TABLE ONLY oplatency.alerts
    ADD CONSTRAINT alerts_dedupe_key_uq UNIQUE (dedupe_key);

ALTER TABLE ONLY oplatency.alerts
    ADD CONSTRAINT alerts_pk PRIMARY KEY (alert_id);

ALTER TABLE ONLY oplatency.anomalies
    ADD CONSTRAINT anomalies_pk PRIMARY KEY (operation_id, branch_id, kind, window_start, observed_at, identity_hash);

ALTER TABLE ONLY oplatency.audit_results
    ADD CONSTRAINT audit_results_pk PRIMARY KEY (audit_id);

ALTER TABLE ONLY oplatency.backtests
    ADD CONSTRAINT backtests_pk PRIMARY KEY (window_start, window_end, config_hash, labels_hash, arrivals);

ALTER TABLE ONLY oplatency.baseline_profiles
    ADD CONSTRAINT baseline_profiles_pk PRIMARY KEY (baseline_id);

ALTER TABLE ONLY oplatency.baselines
    ADD CONSTRAINT baselines_key_uq UNIQUE (operation_id, branch_id, as_of, config_hash, revision);

ALTER TABLE ONLY oplatency.baselines
    ADD CONSTRAINT baselines_pk PRIMARY KEY (baseline_id);

ALTER TABLE ONLY oplatency.bootstrap_loads
    ADD CONSTRAINT bootstrap_loads_pk PRIMARY KEY (is_only);

ALTER TABLE ONLY oplatency.branches
    ADD CONSTRAINT branches_name_uq UNIQUE (name);

ALTER TABLE ONLY oplatency.branches
    ADD CONSTRAINT branches_pk PRIMARY KEY (branch_id);

ALTER TABLE ONLY oplatency.configuration_uses
    ADD CONSTRAINT configuration_uses_pk PRIMARY KEY (use_no);

ALTER TABLE ONLY oplatency.configurations
    ADD CONSTRAINT configurations_config_no_uq UNIQUE (config_no);

ALTER TABLE ONLY oplatency.configurations
    ADD CONSTRAINT configurations_pk PRIMARY KEY (config_hash);

ALTER TABLE ONLY oplatency.correlation_groups
    ADD CONSTRAINT correlation_groups_pk PRIMARY KEY (as_of, group_no);

ALTER TABLE ONLY oplatency.correlations
    ADD CONSTRAINT correlations_pk PRIMARY KEY (as_of, operation_a_id, operation_b_id);

ALTER TABLE ONLY oplatency.degradations
    ADD CONSTRAINT degradations_pk PRIMARY KEY (operation_id, branch_id, kind, window_end, window_start);

ALTER TABLE ONLY oplatency.detection_trials
    ADD CONSTRAINT detection_trials_pk PRIMARY KEY (as_of, operation_id, rule, slowdown, window_start);

ALTER TABLE ONLY oplatency.dirty_ranges
    ADD CONSTRAINT dirty_ranges_pk PRIMARY KEY (operation_id, hour_at, batch_id);

ALTER TABLE ONLY oplatency.excluded_intervals
    ADD CONSTRAINT excluded_intervals_pk PRIMARY KEY (interval_id);

ALTER TABLE ONLY oplatency.ingest_batches
    ADD CONSTRAINT ingest_batches_pk PRIMARY KEY (batch_id);

ALTER TABLE ONLY oplatency.ingest_batches
    ADD CONSTRAINT ingest_batches_run_token_uq UNIQUE (run_token);

ALTER TABLE ONLY oplatency.job_runs
    ADD CONSTRAINT job_runs_pk PRIMARY KEY (run_token);

ALTER TABLE ONLY oplatency.marks
    ADD CONSTRAINT marks_key_uq UNIQUE (title, began_at);

ALTER TABLE ONLY oplatency.marks
    ADD CONSTRAINT marks_pk PRIMARY KEY (mark_id);

ALTER TABLE ONLY oplatency.merges
    ADD CONSTRAINT merges_identity_uq UNIQUE (identity_hash);

ALTER TABLE ONLY oplatency.merges
    ADD CONSTRAINT merges_pk PRIMARY KEY (merge_id);

ALTER TABLE ONLY oplatency.metrics
    ADD CONSTRAINT metrics_identity_uq UNIQUE (operation_id, started_at, identity_hash);

ALTER TABLE ONLY oplatency.operation_changes
    ADD CONSTRAINT operation_changes_pk PRIMARY KEY (change_no);

ALTER TABLE ONLY oplatency.operation_types
    ADD CONSTRAINT operation_types_name_uq UNIQUE (name);

ALTER TABLE ONLY oplatency.operation_types
    ADD CONSTRAINT operation_types_pk PRIMARY KEY (operation_id);

ALTER TABLE ONLY oplatency.polls
    ADD CONSTRAINT polls_pk PRIMARY KEY (run_token);

ALTER TABLE ONLY oplatency.quarantined_rows
    ADD CONSTRAINT quarantined_rows_pk PRIMARY KEY (quarantine_id);

ALTER TABLE ONLY oplatency.recording_limits
    ADD CONSTRAINT recording_limits_pk PRIMARY KEY (operation_id);

ALTER TABLE ONLY oplatency.schema_migrations
    ADD CONSTRAINT schema_migrations_pk PRIMARY KEY (version);

ALTER TABLE ONLY oplatency.source_watermarks
    ADD CONSTRAINT source_watermarks_pk PRIMARY KEY (source, stream);

ALTER TABLE ONLY oplatency.spans
    ADD CONSTRAINT spans_pk PRIMARY KEY (trace_id, span_id);

ALTER TABLE ONLY oplatency.staged_refusals
    ADD CONSTRAINT staged_refusals_pk PRIMARY KEY (run_token, row_no);

ALTER TABLE ONLY oplatency.statement_polls
    ADD CONSTRAINT statement_polls_pk PRIMARY KEY (source);

ALTER TABLE ONLY oplatency.statement_snapshots
    ADD CONSTRAINT statement_snapshots_pk PRIMARY KEY (source, dbid, userid, queryid, toplevel);

ALTER TABLE ONLY oplatency.users
    ADD CONSTRAINT users_name_uq UNIQUE (name);

ALTER TABLE ONLY oplatency.users
    ADD CONSTRAINT users_pk PRIMARY KEY (user_id);

ALTER TABLE ONLY oplatency.verdicts
    ADD CONSTRAINT verdicts_pk PRIMARY KEY (operation_id, window_end, rule, window_start, branch_id);

ALTER TABLE ONLY oplatency.violations
    ADD CONSTRAINT violations_pk PRIMARY KEY (operation_id, observed_at, identity_hash);

CREATE INDEX aggregate_intervals_end_ix ON oplatency.aggregate_intervals USING btree (interval_end);

CREATE INDEX alerts_observed_at_ix ON oplatency.alerts USING btree (observed_at);

CREATE INDEX audit_results_run_token_ix ON oplatency.audit_results USING btree (run_token);

CREATE INDEX excluded_intervals_operation_ix ON oplatency.excluded_intervals USING btree (operation_id, to_at);

CREATE INDEX ingest_batches_content_ix ON oplatency.ingest_batches USING btree (source, content_hash);

CREATE INDEX ingest_batches_idempotency_key_ix ON oplatency.ingest_batches USING btree (source, idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX job_runs_window_ix ON oplatency.job_runs USING btree (job, window_start, window_end, scope);

CREATE INDEX metrics_started_at_ix ON ONLY oplatency.metrics USING brin (started_at);

CREATE INDEX operation_changes_operation_ix ON oplatency.operation_changes USING btree (operation_id, setting, change_no);

CREATE INDEX polls_stream_ix ON oplatency.polls USING btree (source, stream);

CREATE INDEX quarantined_rows_batch_id_ix ON oplatency.quarantined_rows USING btree (batch_id);

CREATE UNIQUE INDEX spans_running_uq ON oplatency.spans USING btree (span_id) WHERE ((span_status = 'RUNNING'::text) AND (batch_id < 0));

CREATE INDEX staged_anomalies_run_token_ix ON oplatency.staged_anomalies USING btree (run_token);

CREATE INDEX staged_baselines_run_token_ix ON oplatency.staged_baselines USING btree (run_token);

CREATE INDEX staged_correlation_groups_run_token_ix ON oplatency.staged_correlation_groups USING btree (run_token);

CREATE INDEX staged_correlations_run_token_ix ON oplatency.staged_correlations USING btree (run_token);

CREATE INDEX staged_degradations_run_token_ix ON oplatency.staged_degradations USING btree (run_token);

CREATE INDEX staged_groups_run_token_ix ON oplatency.staged_groups USING btree (run_token);

CREATE INDEX staged_metrics_run_token_ix ON oplatency.staged_metrics USING brin (run_token) WITH (pages_per_range='32');

CREATE INDEX staged_rows_run_token_ix ON oplatency.staged_rows USING brin (run_token) WITH (pages_per_range='32');

CREATE INDEX staged_verdicts_run_token_ix ON oplatency.staged_verdicts USING btree (run_token);

CREATE INDEX staged_violations_run_token_ix ON oplatency.staged_violations USING btree (run_token);

CREATE INDEX verdicts_window_end_ix ON oplatency.verdicts USING brin (window_end);

CREATE TRIGGER baselines_recording_limits_tg AFTER INSERT ON oplatency.baselines REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION oplatency.keep_recording_limits();

ALTER TABLE ONLY oplatency.aggregate_intervals
    ADD CONSTRAINT aggregate_intervals_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.aggregate_intervals
    ADD CONSTRAINT aggregate_intervals_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.alerts
    ADD CONSTRAINT alerts_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.alerts
    ADD CONSTRAINT alerts_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.alerts
    ADD CONSTRAINT alerts_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);

ALTER TABLE ONLY oplatency.anomalies
    ADD CONSTRAINT anomalies_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);

ALTER TABLE ONLY oplatency.anomalies
    ADD CONSTRAINT anomalies_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.anomalies
    ADD CONSTRAINT anomalies_call_branch_id_fk FOREIGN KEY (call_branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.anomalies
    ADD CONSTRAINT anomalies_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.baseline_profiles
    ADD CONSTRAINT baseline_profiles_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);

ALTER TABLE ONLY oplatency.baselines
    ADD CONSTRAINT baselines_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.baselines
    ADD CONSTRAINT baselines_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);

ALTER TABLE ONLY oplatency.baselines
    ADD CONSTRAINT baselines_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.configuration_uses
    ADD CONSTRAINT configuration_uses_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);

ALTER TABLE ONLY oplatency.correlations
    ADD CONSTRAINT correlations_operation_a_id_fk FOREIGN KEY (operation_a_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.correlations
    ADD CONSTRAINT correlations_operation_b_id_fk FOREIGN KEY (operation_b_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.degradations
    ADD CONSTRAINT degradations_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.degradations
    ADD CONSTRAINT degradations_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.detection_trials
    ADD CONSTRAINT detection_trials_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.excluded_intervals
    ADD CONSTRAINT excluded_intervals_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.excluded_intervals
    ADD CONSTRAINT excluded_intervals_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.ingest_batches
    ADD CONSTRAINT ingest_batches_redrive_of_fk FOREIGN KEY (redrive_of) REFERENCES oplatency.ingest_batches(batch_id);

ALTER TABLE ONLY oplatency.job_runs
    ADD CONSTRAINT job_runs_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);

ALTER TABLE ONLY oplatency.merges
    ADD CONSTRAINT merges_source_branch_id_fk FOREIGN KEY (source_branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.merges
    ADD CONSTRAINT merges_target_branch_id_fk FOREIGN KEY (target_branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.merges
    ADD CONSTRAINT merges_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);

ALTER TABLE ONLY oplatency.operation_changes
    ADD CONSTRAINT operation_changes_config_hash_fk FOREIGN KEY (config_hash) REFERENCES oplatency.configurations(config_hash);

ALTER TABLE ONLY oplatency.operation_changes
    ADD CONSTRAINT operation_changes_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.polls
    ADD CONSTRAINT polls_run_token_fk FOREIGN KEY (run_token) REFERENCES oplatency.ingest_batches(run_token);

ALTER TABLE ONLY oplatency.quarantined_rows
    ADD CONSTRAINT quarantined_rows_batch_id_fk FOREIGN KEY (batch_id) REFERENCES oplatency.ingest_batches(batch_id);

ALTER TABLE ONLY oplatency.quarantined_rows
    ADD CONSTRAINT quarantined_rows_redrive_batch_id_fk FOREIGN KEY (redrive_batch_id) REFERENCES oplatency.ingest_batches(batch_id);

ALTER TABLE ONLY oplatency.quarantined_rows
    ADD CONSTRAINT quarantined_rows_released_batch_id_fk FOREIGN KEY (released_batch_id) REFERENCES oplatency.ingest_batches(batch_id);

ALTER TABLE ONLY oplatency.spans
    ADD CONSTRAINT spans_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.spans
    ADD CONSTRAINT spans_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.spans
    ADD CONSTRAINT spans_user_id_fk FOREIGN KEY (user_id) REFERENCES oplatency.users(user_id);

ALTER TABLE ONLY oplatency.statement_snapshots
    ADD CONSTRAINT statement_snapshots_source_fk FOREIGN KEY (source) REFERENCES oplatency.statement_polls(source);

ALTER TABLE ONLY oplatency.verdicts
    ADD CONSTRAINT verdicts_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.verdicts
    ADD CONSTRAINT verdicts_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

ALTER TABLE ONLY oplatency.violations
    ADD CONSTRAINT violations_baseline_id_fk FOREIGN KEY (baseline_id) REFERENCES oplatency.baselines(baseline_id);

ALTER TABLE ONLY oplatency.violations
    ADD CONSTRAINT violations_branch_id_fk FOREIGN KEY (branch_id) REFERENCES oplatency.branches(branch_id);

ALTER TABLE ONLY oplatency.violations
    ADD CONSTRAINT violations_operation_id_fk FOREIGN KEY (operation_id) REFERENCES oplatency.operation_types(operation_id);

GRANT USAGE ON SCHEMA oplatency TO oplatency_writer;
GRANT USAGE ON SCHEMA oplatency TO oplatency_reader;
GRANT USAGE ON SCHEMA oplatency TO oplatency_recorder;

REVOKE ALL ON FUNCTION oplatency.admit_branch(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.admit_operation(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.admit_user(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.analyze_metrics() FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.analyze_metrics() TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.canonical_call(p_operation text, p_started_at timestamp with time zone, p_duration_us bigint, p_branch text, p_user_name text, p_session text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_us bigint, p_metadata jsonb, p_error jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.canonical_call(p_operation text, p_started_at timestamp with time zone, p_duration_us bigint, p_branch text, p_user_name text, p_session text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_us bigint, p_metadata jsonb, p_error jsonb) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.drop_metric_partitions(p_before date, p_dry_run boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.drop_metric_partitions(p_before date, p_dry_run boolean) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.end_performance_trace(p_span_id text, p_span_status text, p_error_message text, p_error_code text, p_error_details jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.end_performance_trace(p_span_id text, p_span_status text, p_error_message text, p_error_code text, p_error_details jsonb) TO oplatency_recorder;

REVOKE ALL ON FUNCTION oplatency.ensure_metric_partitions(p_from date, p_to date) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.ensure_metric_partitions(p_from date, p_to date) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.finding_id(VARIADIC p_key text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.finding_id(VARIADIC p_key text[]) TO oplatency_writer;
GRANT ALL ON FUNCTION oplatency.finding_id(VARIADIC p_key text[]) TO oplatency_reader;

REVOKE ALL ON FUNCTION oplatency.hash64(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.hash64(p_text text) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.keep_recording_limits() FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.parse_instant(p_text text, p_assume_tz text) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.parse_instant(p_text text, p_assume_tz text) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.parse_json(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.parse_json(p_text text) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.parse_number(p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.parse_number(p_text text) TO oplatency_writer;

REVOKE ALL ON FUNCTION oplatency.raise_violation(p_operation_id integer, p_user_id integer, p_started_at timestamp with time zone, p_identity_hash bigint, p_duration_us bigint, p_baseline_id bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.record_merge_performance(p_source_branch text, p_target_branch text, p_total_us bigint, p_merge_base_us bigint, p_conflict_detection_us bigint, p_auto_resolution_us bigint, p_conflict_count integer, p_auto_resolved integer, p_unresolved integer, p_status text, p_outcome jsonb, p_user_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.record_merge_performance(p_source_branch text, p_target_branch text, p_total_us bigint, p_merge_base_us bigint, p_conflict_detection_us bigint, p_auto_resolution_us bigint, p_conflict_count integer, p_auto_resolved integer, p_unresolved integer, p_status text, p_outcome jsonb, p_user_name text) TO oplatency_recorder;

REVOKE ALL ON FUNCTION oplatency.record_performance_metric(p_operation_type text, p_duration_microseconds bigint, p_operation_name text, p_branch text, p_user_name text, p_session_id text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_microseconds bigint, p_operation_metadata jsonb, p_error_details jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.record_performance_metric(p_operation_type text, p_duration_microseconds bigint, p_operation_name text, p_branch text, p_user_name text, p_session_id text, p_rows_affected bigint, p_memory_bytes bigint, p_cpu_microseconds bigint, p_operation_metadata jsonb, p_error_details jsonb) TO oplatency_recorder;

REVOKE ALL ON FUNCTION oplatency.reference_time() FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.reference_time() TO oplatency_writer;
GRANT ALL ON FUNCTION oplatency.reference_time() TO oplatency_reader;
GRANT ALL ON FUNCTION oplatency.reference_time() TO oplatency_recorder;

REVOKE ALL ON FUNCTION oplatency.require_name(p_what text, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.require_object(p_what text, p_content jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION oplatency.start_performance_trace(p_trace_id text, p_span_id text, p_parent_span_id text, p_operation_type text, p_span_name text, p_branch text, p_user_name text, p_session_id text, p_attributes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION oplatency.start_performance_trace(p_trace_id text, p_span_id text, p_parent_span_id text, p_operation_type text, p_span_name text, p_branch text, p_user_name text, p_session_id text, p_attributes jsonb) TO oplatency_recorder;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.baselines TO oplatency_writer;

GRANT SELECT,INSERT ON TABLE oplatency.configuration_uses TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.configurations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.active_baselines TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.active_baselines TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.aggregate_intervals TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.alerts TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.alerts_alert_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.anomalies TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.audit_results TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.audit_results_audit_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.backtests TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.baseline_changes TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.baseline_changes TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.baseline_profiles TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.baselines_baseline_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.bootstrap_loads TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.branches TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.branches_branch_id_seq TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.configuration_uses_use_no_seq TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.configurations_config_no_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.correlation_groups TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.correlations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.degradations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.detection_trials TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.dirty_ranges TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.excluded_intervals TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.excluded_intervals_interval_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.ingest_batches TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.ingest_batches_batch_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.job_runs TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.marks TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.marks_mark_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.merges TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.merges_merge_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.metrics TO oplatency_writer;

GRANT SELECT,INSERT ON TABLE oplatency.operation_changes TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.operation_changes_change_no_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.operation_types TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.operation_types_operation_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.polls TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.quarantined_rows TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.quarantined_rows_quarantine_id_seq TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.recorded_calls_sq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.recording_limits TO oplatency_writer;

GRANT SELECT ON TABLE oplatency.schema_migrations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.source_watermarks TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.spans TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_anomalies TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_baselines TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_correlation_groups TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_correlations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_degradations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_groups TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE oplatency.staged_metrics TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_refusals TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_rows TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_verdicts TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.staged_violations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.statement_polls TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.statement_snapshots TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.users TO oplatency_writer;

GRANT USAGE ON SEQUENCE oplatency.users_user_id_seq TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_alerting_stretches TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_alerting_stretches TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_alerts TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_alerts TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_anomalies TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_anomalies TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_audit_results TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_audit_results TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_backtests TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_backtests TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_baseline_changes TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_baseline_changes TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_baseline_health TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_baseline_health TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_baseline_versions TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_baseline_versions TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_branch_performance_summary TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_branch_performance_summary TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_calls TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_calls TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_configurations TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_configurations TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_correlation_groups TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_correlation_groups TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_correlations TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_correlations TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_degradations TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_degradations TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_detection_canary TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_detection_canary TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.verdicts TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.violations TO oplatency_writer;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_digest TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_digest TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_excluded_intervals TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_excluded_intervals TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_ingest_batches TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_ingest_batches TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_ingest_health TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_ingest_health TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_job_runs TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_job_runs TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_marks TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_marks TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_merge_performance_summary TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_merge_performance_summary TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_merge_statistics TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_merge_statistics TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_operation_changes TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_operation_changes TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_operation_performance_summary TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_operation_performance_summary TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_operations TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_operations TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_performance_alerts_critical TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_performance_alerts_critical TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_performance_alerts_recent TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_performance_alerts_recent TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_performance_dashboard_summary TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_performance_dashboard_summary TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_performance_trend_hourly TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_performance_trend_hourly TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_quarantine TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_quarantine TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_slowest_operations_last_24h TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_slowest_operations_last_24h TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_statement_aggregates TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_statement_aggregates TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_trace_hierarchy TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_trace_hierarchy TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_user_performance_activity TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_user_performance_activity TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_verdicts TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_verdicts TO oplatency_reader;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE oplatency.v_violations TO oplatency_writer;
GRANT SELECT ON TABLE oplatency.v_violations TO oplatency_reader;
