-- Turns staged merges into rows of merges; one that is known already is a duplicate.
-- Grain: one row per new merge. Window: the rows of one attempt. Re-run: everything is a duplicate.
with offered as materialized (
    select
        staged.row_no,
        staged.user_name,
        staged.event_id,
        records.record,
        oplatency.parse_instant(staged.started_at, %(assume_tz)s) as started_at,
        round(
            coalesce(
                oplatency.parse_number(staged.duration_us),
                oplatency.parse_number(staged.duration_ms) * 1000,
                extract(
                    epoch from oplatency.parse_instant(staged.ended_at, %(assume_tz)s)
                    - oplatency.parse_instant(staged.started_at, %(assume_tz)s)
                ) * 1000000
            )
        )::bigint as total_us
    from oplatency.staged_rows as staged
    cross join lateral (select oplatency.parse_json(staged.record)) as records (record)
    where
        staged.run_token = %(run_token)s
        and staged.kind = 'merge'
        and staged.problem is null
),

inserted as (
    insert into oplatency."merges"
    (
        identity_hash, source_branch_id, target_branch_id, user_id, started_at, total_us, merge_base_us, conflict_detection_us,
        auto_resolution_us, n_conflicts, n_auto_resolved, n_unresolved, merge_status, outcome, batch_id
    )
    select
        oplatency.hash64(
            coalesce(
                'id:' || offered.event_id,
                'merge:' || jsonb_build_array(offered.record, offered.started_at, offered.total_us, offered.user_name)::text
            )
        ),
        source_branches.branch_id as source_branch_id,
        target_branches.branch_id as target_branch_id,
        coalesce(users.user_id, -1),
        offered.started_at,
        offered.total_us,
        (offered.record ->> 'merge_base_us')::bigint,
        (offered.record ->> 'conflict_detection_us')::bigint,
        (offered.record ->> 'auto_resolution_us')::bigint,
        coalesce((offered.record ->> 'n_conflicts')::integer, 0),
        coalesce((offered.record ->> 'n_auto_resolved')::integer, 0),
        coalesce((offered.record ->> 'n_unresolved')::integer, 0),
        offered.record ->> 'status',
        offered.record -> 'outcome',
        %(batch_id)s
    from offered
    inner join oplatency.branches as source_branches on offered.record ->> 'source_branch' = source_branches.name
    inner join oplatency.branches as target_branches on offered.record ->> 'target_branch' = target_branches.name
    left join oplatency.users as users on offered.user_name = users.name
    order by offered.row_no
    on conflict (identity_hash) do nothing
    returning 1
)

select count(*) as accepted
from inserted;
