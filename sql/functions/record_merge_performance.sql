-- Stores one three-way merge that has just ended, with the time its phases took, and returns its number.
-- Grain: one row per call. Window: the merge ends now, by the clock. Re-run: records once more.
-- A merge is no call of an operation: who wants it in baselines records merge_branches as well.
create or replace function oplatency.record_merge_performance(
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
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
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
    -- other than a call, a merge without its branches says nothing
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
comment on function oplatency.record_merge_performance(
    text, text, bigint, bigint, bigint, bigint, integer, integer, integer, text, jsonb, text
) is
'Stores one merge that has just ended with the time of its phases and its conflicts; returns its number.';
