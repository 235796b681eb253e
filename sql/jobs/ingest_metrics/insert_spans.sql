-- Turns staged spans into rows of traces. A span that was stored as running is completed; any other that is known already
-- is a duplicate.
-- Grain: one row per new or completed span. Window: the rows of one attempt. Re-run: everything is a duplicate.
with offered as materialized (
    select distinct on (records.record ->> 'trace_id', records.record ->> 'span_id')
        records.record,
        staged.operation,
        staged.branch,
        staged.user_name,
        oplatency.parse_instant(staged.started_at, %(assume_tz)s) as started_at,
        case
            when records.record ->> 'status' <> 'RUNNING'
                then round(
                    coalesce(
                        oplatency.parse_number(staged.duration_us),
                        oplatency.parse_number(staged.duration_ms) * 1000,
                        extract(
                            epoch from oplatency.parse_instant(staged.ended_at, %(assume_tz)s)
                            - oplatency.parse_instant(staged.started_at, %(assume_tz)s)
                        ) * 1000000
                    )
                )::bigint
        end as duration_us,
        oplatency.parse_json(staged.metadata) as attributes,
        coalesce(oplatency.parse_json(staged.error), to_jsonb(staged.error)) as error
    from oplatency.staged_rows as staged
    cross join lateral (select oplatency.parse_json(staged.record)) as records (record)
    where
        staged.run_token = %(run_token)s
        and staged.kind = 'span'
        and staged.problem is null
        and not exists (
            select 1
            from oplatency.staged_rejections as rejected
            where staged.run_token = rejected.run_token and staged.row_no = rejected.row_no
        )
    order by
        records.record ->> 'trace_id',
        records.record ->> 'span_id',
        (records.record ->> 'status' = 'RUNNING'),
        staged.row_no
),

inserted as (
    insert into oplatency.spans as stored
    (
        trace_id, span_id, parent_span_id, operation_id, span_name, branch_id, user_id, started_at, duration_us, span_status,
        attributes, error, batch_id
    )
    select
        offered.record ->> 'trace_id',
        offered.record ->> 'span_id',
        nullif(offered.record ->> 'parent_span_id', ''),
        operations.operation_id,
        offered.record ->> 'name',
        coalesce(branches.branch_id, -1),
        coalesce(users.user_id, -1),
        offered.started_at,
        offered.duration_us,
        offered.record ->> 'status',
        offered.attributes,
        offered.error,
        %(batch_id)s
    from offered
    left join oplatency.operation_types as operations on offered.operation = operations.name
    left join oplatency.branches as branches on offered.branch = branches.name
    left join oplatency.users as users on offered.user_name = users.name
    order by offered.record ->> 'trace_id', offered.record ->> 'span_id'
    on conflict (trace_id, span_id) do update
        set
            duration_us = excluded.duration_us,
            span_status = excluded.span_status,
            attributes = coalesce(excluded.attributes, stored.attributes),
            error = excluded.error,
            batch_id = excluded.batch_id
        where stored.span_status = 'RUNNING' and excluded.span_status <> 'RUNNING'
    returning 1
)

select count(*) as accepted
from inserted;
