-- Optional: recording that outlives a rollback. Each function of the recording API gets a twin with the suffix
-- _autonomous, which sends the call through dblink to a second session of its own, where it is committed at once.
-- Run once by a superuser in the warehouse's database, after migrating; docs/recording.md tells the one step left, the
-- user mapping with the password of oplatency_recorder. No password is in a function. Re-run: the same functions again.
create schema if not exists oplatency_dblink;
create extension if not exists dblink with schema oplatency_dblink;

do $$
declare
    socket_folder text := split_part(current_setting('unix_socket_directories'), ',', 1);
begin
    if not exists (select from pg_catalog.pg_foreign_server as servers where servers.srvname = 'oplatency_recording') then
        execute format(
            'create server oplatency_recording foreign data wrapper dblink_fdw options (host %L, port %L, dbname %L)',
            coalesce(nullif(socket_folder, ''), '127.0.0.1'), current_setting('port'), current_database()
        );
    end if;
    execute format(
        'grant usage on schema %I to oplatency_owner',
        (
            select schemas.nspname from pg_catalog.pg_extension as extensions
            inner join pg_catalog.pg_namespace as schemas on extensions.extnamespace = schemas.oid
            where extensions.extname = 'dblink'
        )
    );
end
$$;
grant usage on foreign server oplatency_recording to oplatency_owner;

-- Runs one statement in the second session and returns its only value. The session stays open for the next call; the lock
-- timeout ends a wait for a name that the caller's own transaction has brought and not committed.
create or replace function oplatency.call_autonomously(p_statement text)
returns text
language plpgsql
as $$
declare
    answer text;
begin
    for attempt in 1..2 loop
        begin
            if not coalesce('oplatency_recording' = any(dblink_get_connections()), false) then
                perform dblink_connect('oplatency_recording', 'oplatency_recording');
                perform dblink_exec('oplatency_recording', 'set lock_timeout = ''2s''');
            end if;
            select answers.value into answer
            from dblink('oplatency_recording', p_statement) as answers (value text);
            return answer;
        exception
            when connection_exception or connection_failure or admin_shutdown then
                -- the session was ended meanwhile: once more with a new one
                if 'oplatency_recording' = any(dblink_get_connections()) then
                    perform dblink_disconnect('oplatency_recording');
                end if;
                if attempt = 2 then
                    raise;
                end if;
        end;
    end loop;
end
$$;
alter function oplatency.call_autonomously(text) owner to oplatency_owner;
revoke all on function oplatency.call_autonomously(text) from public;
do $$
begin
    execute format(
        'alter function oplatency.call_autonomously(text) set search_path = pg_catalog, %I, pg_temp',
        (
            select schemas.nspname from pg_catalog.pg_extension as extensions
            inner join pg_catalog.pg_namespace as schemas on extensions.extnamespace = schemas.oid
            where extensions.extname = 'dblink'
        )
    );
end
$$;

create or replace function oplatency.record_performance_metric_autonomous(
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
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select oplatency.call_autonomously(format(
        'select oplatency.record_performance_metric(%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
        p_operation_type, p_duration_microseconds, p_operation_name, p_branch, p_user_name, p_session_id, p_rows_affected,
        p_memory_bytes, p_cpu_microseconds, p_operation_metadata, p_error_details
    ))::bigint
$$;

create or replace function oplatency.start_performance_trace_autonomous(
    p_trace_id text = null,
    p_span_id text = null,
    p_parent_span_id text = null,
    p_operation_type text = null,
    p_span_name text = 'unnamed',
    p_branch text = null,
    p_user_name text = current_user,
    p_session_id text = null,
    p_attributes jsonb = null
)
returns text
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select oplatency.call_autonomously(format(
        'select oplatency.start_performance_trace(%L, %L, %L, %L, %L, %L, %L, %L, %L)',
        p_trace_id, p_span_id, p_parent_span_id, p_operation_type, p_span_name, p_branch, p_user_name, p_session_id,
        p_attributes
    ))
$$;

create or replace function oplatency.end_performance_trace_autonomous(
    p_span_id text,
    p_span_status text = 'SUCCESS',
    p_error_message text = null,
    p_error_code text = null,
    p_error_details jsonb = null
)
returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select oplatency.call_autonomously(format(
        'select oplatency.end_performance_trace(%L, %L, %L, %L, %L)::text',
        p_span_id, p_span_status, p_error_message, p_error_code, p_error_details
    ))
$$;

create or replace function oplatency.record_merge_performance_autonomous(
    p_source_branch text,
    p_target_branch text,
    p_total_us bigint,
    p_merge_base_us bigint = null,
    p_conflict_detection_us bigint = null,
    p_auto_resolution_us bigint = null,
    p_conflict_count integer = 0,
    p_auto_resolved integer = 0,
    p_unresolved integer = 0,
    p_status text = 'SUCCESS',
    p_outcome jsonb = null,
    p_user_name text = current_user
)
returns bigint
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select oplatency.call_autonomously(format(
        'select oplatency.record_merge_performance(%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
        p_source_branch, p_target_branch, p_total_us, p_merge_base_us, p_conflict_detection_us, p_auto_resolution_us,
        p_conflict_count, p_auto_resolved, p_unresolved, p_status, p_outcome, p_user_name
    ))::bigint
$$;

do $$
declare
    twin regprocedure;
begin
    for twin in
        select procedures.oid::regprocedure from pg_catalog.pg_proc as procedures
        where procedures.pronamespace = 'oplatency'::regnamespace and procedures.proname ~ '_autonomous$'
    loop
        execute format('alter function %s owner to oplatency_owner', twin);
        execute format('revoke all on function %s from public', twin);
        execute format('grant execute on function %s to oplatency_recorder', twin);
    end loop;
end
$$;
