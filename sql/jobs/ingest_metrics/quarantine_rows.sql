-- Keeps every rejected row, as it came and as it was taken apart, with the reason. A row that was typed as it came is
-- written down from its values.
-- Grain: one row per rejected input row. Window: the rows of one attempt. Re-run: a batch is closed once.
with rejected as (
    select
        staged.row_no,
        staged.line_no,
        coalesce(staged.problem, refusals.reason, %(batch_problem)s) as reason,
        coalesce(staged.problem_detail, refusals.detail, %(batch_detail)s, '') as detail,
        staged.raw,
        nullif(
            jsonb_strip_nulls(jsonb_build_object(
                'kind', staged.kind, 'operation', staged.operation, 'started_at', staged.started_at,
                'ended_at', staged.ended_at, 'duration_us', staged.duration_us, 'duration_ms', staged.duration_ms,
                'period_start', staged.period_start, 'event_id', staged.event_id, 'branch', staged.branch,
                'user_name', staged.user_name, 'session', staged.session, 'rows_affected', staged.rows_affected,
                'memory_bytes', staged.memory_bytes, 'cpu_us', staged.cpu_us, 'metadata', staged.metadata,
                'error', staged.error, 'record', staged.record
            )),
            '{}'
        ) as fields
    from oplatency.staged_rows as staged
    left join oplatency.staged_rejections as refusals
        on staged.run_token = refusals.run_token and staged.row_no = refusals.row_no
    where staged.run_token = %(run_token)s
    union all
    select
        staged.row_no,
        staged.line_no,
        coalesce(refusals.reason, %(batch_problem)s),
        coalesce(refusals.detail, %(batch_detail)s, ''),
        null,
        jsonb_strip_nulls(jsonb_build_object(
            'operation', staged.operation, 'started_at', staged.started_at::text,
            -- only what the row said: another unit would contradict what was worked out from it
            'ended_at', case when staged.has_ended_at then staged.ended_at::text end,
            'duration_us', case when staged.has_duration_us then staged.duration_us::text end,
            'duration_ms', case when not staged.has_duration_us then staged.duration_ms::text end,
            'event_id', staged.event_id, 'branch', staged.branch,
            'user_name', staged.user_name, 'session', staged.session, 'rows_affected', staged.rows_affected::text,
            'memory_bytes', staged.memory_bytes::text, 'cpu_us', staged.cpu_us::text, 'metadata', staged.metadata::text
        ))
    from oplatency.staged_metrics as staged
    left join oplatency.staged_rejections as refusals
        on staged.run_token = refusals.run_token and staged.row_no = refusals.row_no
    where
        staged.run_token = %(run_token)s
        and staged.is_plain
        -- most batches have none: then there is nothing to look through
        and (%(any_rejected)s or %(batch_problem)s::text is not null)
)

insert into oplatency.quarantined_rows (batch_id, row_no, line_no, reason, detail, raw, fields)
select
    %(batch_id)s,
    row_no,
    line_no,
    reason,
    detail,
    coalesce(raw, fields::text),
    fields
from rejected
where reason is not null
order by row_no;
