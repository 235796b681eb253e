-- Calls of pgGit that measure themselves: call pggit_measured.get_history where get_commit_history of pgGit was called, and
-- so on. Run once in the database that holds pgGit and the warehouse. Re-run: the same functions again.
-- What they need of pgGit is named in README.md; a caller is a member of oplatency_recorder.
-- A failed call is undone with all it wrote, its own record included. So failures, and the steps of traces, go through the
-- autonomous mode where it is installed; where it is not, failures leave no trace here.
create schema if not exists pggit_measured;

create or replace function pggit_measured.microseconds_since(p_instant timestamptz)
returns bigint
language sql
as $$
    -- clocks are set back at times
    select greatest(round(extract(epoch from clock_timestamp() - p_instant) * 1000000)::bigint, 1)
$$;

create or replace function pggit_measured.keeps_failures()
returns boolean
language sql
stable
as $$
    select to_regproc('oplatency.record_performance_metric_autonomous') is not null
$$;

-- Records a call that has just ended. It never fails: a call is worth more than its measurement.
create or replace function pggit_measured.record_call(
    p_operation text,
    p_started_at timestamptz,
    p_branch text,
    p_rows bigint = null,
    p_error jsonb = null
)
returns void
language plpgsql
as $$
begin
    if p_error is null then
        perform oplatency.record_performance_metric(
            p_operation, pggit_measured.microseconds_since(p_started_at), p_branch => p_branch, p_rows_affected => p_rows
        );
    elsif pggit_measured.keeps_failures() then
        perform oplatency.record_performance_metric_autonomous(
            p_operation, pggit_measured.microseconds_since(p_started_at), p_branch => p_branch, p_error_details => p_error
        );
    end if;
exception
    when others then
        raise warning '% was not recorded: %', p_operation, sqlerrm;
end
$$;

create or replace function pggit_measured.start_step(
    p_parent text,
    p_operation text,
    p_name text,
    p_branch text
)
returns text
language plpgsql
as $$
begin
    if pggit_measured.keeps_failures() then
        return oplatency.start_performance_trace_autonomous(
            p_parent_span_id => p_parent, p_operation_type => p_operation, p_span_name => p_name, p_branch => p_branch
        );
    end if;
    return oplatency.start_performance_trace(
        p_parent_span_id => p_parent, p_operation_type => p_operation, p_span_name => p_name, p_branch => p_branch
    );
exception
    when others then
        raise warning 'the step % was not recorded: %', p_name, sqlerrm;
        return null;
end
$$;

create or replace function pggit_measured.end_step(p_step text, p_message text = null, p_code text = null)
returns void
language plpgsql
as $$
begin
    if p_step is null then
        return;
    end if;
    if pggit_measured.keeps_failures() then
        perform oplatency.end_performance_trace_autonomous(p_step, p_error_message => p_message, p_error_code => p_code);
    elsif p_code is null then
        perform oplatency.end_performance_trace(p_step);
    end if;
exception
    when others then
        raise warning 'the end of a step was not recorded: %', sqlerrm;
end
$$;

-- A history read: one call, with the number of entries it gave.
create or replace function pggit_measured.get_history(p_branch text, p_limit integer = 50)
returns setof jsonb
language plpgsql
as $$
declare
    started_at timestamptz := clock_timestamp();
    n_entries bigint;
    message text;
    code text;
begin
    return query
    select to_jsonb(entries) from pggit.get_commit_history(p_branch_name => p_branch, p_limit => p_limit) as entries;
    get diagnostics n_entries = row_count;
    perform pggit_measured.record_call('get_history', started_at, p_branch, n_entries);
exception
    when others then
        get stacked diagnostics message = message_text, code = returned_sqlstate;
        perform pggit_measured.record_call(
            'get_history', started_at, p_branch, p_error => jsonb_build_object('message', message, 'code', code)
        );
        raise;
end
$$;

-- A rollback: one call, and a trace of its two steps.
create or replace function pggit_measured.rollback_commit(p_branch text, p_commit_hash text)
returns setof jsonb
language plpgsql
as $$
declare
    started_at timestamptz := clock_timestamp();
    root text;
    step text;
    message text;
    code text;
begin
    root := pggit_measured.start_step(null, 'rollback_commit', 'rollback_commit', p_branch);
    step := pggit_measured.start_step(root, 'rollback_validate', 'validate', p_branch);
    perform pggit.validate_rollback(p_branch_name => p_branch, p_source_commit_hash => p_commit_hash);
    perform pggit_measured.end_step(step);
    step := pggit_measured.start_step(root, null, 'execute', p_branch);
    return query
    select to_jsonb(outcome)
    from pggit.rollback_commit(
        p_branch_name => p_branch, p_commit_hash => p_commit_hash, p_validate_first => false
    ) as outcome;
    perform pggit_measured.end_step(step);
    perform pggit_measured.end_step(root);
    perform pggit_measured.record_call('rollback_commit', started_at, p_branch);
exception
    when others then
        get stacked diagnostics message = message_text, code = returned_sqlstate;
        perform pggit_measured.end_step(step, message, code);
        perform pggit_measured.end_step(root, message, code);
        perform pggit_measured.record_call(
            'rollback_commit', started_at, p_branch, p_error => jsonb_build_object('message', message, 'code', code)
        );
        raise;
end
$$;

create or replace function pggit_measured.record_merge(
    p_source_branch text,
    p_target_branch text,
    p_started_at timestamptz,
    p_phases_us bigint[],
    p_conflicts bigint,
    p_outcome jsonb,
    p_error jsonb = null
)
returns void
language plpgsql
as $$
declare
    total_us bigint := pggit_measured.microseconds_since(p_started_at);
    resolved integer := least(coalesce((p_outcome ->> 'conflicts_resolved')::integer, 0), p_conflicts);
begin
    if p_error is null then
        perform oplatency.record_merge_performance(
            p_source_branch, p_target_branch, total_us, p_phases_us[1], p_phases_us[2], p_phases_us[3],
            p_conflicts::integer, resolved, p_conflicts::integer - resolved,
            case when resolved = p_conflicts then 'SUCCESS' else 'PARTIAL_SUCCESS' end, p_outcome
        );
    elsif pggit_measured.keeps_failures() then
        -- a phase that was not reached has no time
        perform oplatency.record_merge_performance_autonomous(
            p_source_branch, p_target_branch, total_us, p_phases_us[1], p_phases_us[2], p_phases_us[3],
            coalesce(p_conflicts, 0)::integer, p_status => 'FAILED', p_outcome => p_error
        );
    end if;
exception
    when others then
        raise warning 'the merge was not recorded: %', sqlerrm;
end
$$;

-- A merge: one call, and one merge with the time of its three phases.
create or replace function pggit_measured.merge_branches(p_source_branch text, p_target_branch text)
returns jsonb
language plpgsql
as $$
declare
    started_at timestamptz := clock_timestamp();
    phase_at timestamptz := started_at;
    phases_us bigint[] := '{}';
    n_conflicts bigint;
    outcome jsonb;
    message text;
    code text;
    problem jsonb;
begin
    perform pggit.find_merge_base(p_source_branch, p_target_branch);
    phases_us := phases_us || pggit_measured.microseconds_since(phase_at);
    phase_at := clock_timestamp();
    select count(*) into n_conflicts from pggit.detect_merge_conflicts(p_source_branch, p_target_branch);
    phases_us := phases_us || pggit_measured.microseconds_since(phase_at);
    phase_at := clock_timestamp();
    select to_jsonb(results) into outcome from pggit.merge_branches(p_source_branch, p_target_branch) as results;
    phases_us := phases_us || pggit_measured.microseconds_since(phase_at);
    perform pggit_measured.record_merge(p_source_branch, p_target_branch, started_at, phases_us, n_conflicts, outcome);
    perform pggit_measured.record_call('merge_branches', started_at, p_target_branch);
    return outcome;
exception
    when others then
        get stacked diagnostics message = message_text, code = returned_sqlstate;
        problem := jsonb_build_object('message', message, 'code', code);
        perform pggit_measured.record_merge(
            p_source_branch, p_target_branch, started_at, phases_us, n_conflicts, null, problem
        );
        perform pggit_measured.record_call('merge_branches', started_at, p_target_branch, p_error => problem);
        raise;
end
$$;
