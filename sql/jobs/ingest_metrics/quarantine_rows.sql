-- Keeps every refused row, as it came and as it was taken apart, with the reason.
-- Grain: one row per refused input row. Window: the rows of one attempt. Re-run: a batch is closed once.
insert into oplatency.quarantined_rows (batch_id, row_no, line_no, reason, detail, raw, fields)
select
    %(batch_id)s,
    row_no,
    line_no,
    coalesce(problem, %(batch_problem)s),
    coalesce(problem_detail, %(batch_detail)s, ''),
    raw,
    nullif(
        jsonb_strip_nulls(jsonb_build_object(
            'kind', kind, 'operation', operation, 'started_at', started_at, 'ended_at', ended_at,
            'duration_us', duration_us, 'duration_ms', duration_ms, 'period_start', period_start, 'event_id', event_id,
            'branch', branch, 'user_name', user_name, 'session', session, 'rows_affected', rows_affected,
            'memory_bytes', memory_bytes, 'cpu_us', cpu_us, 'metadata', metadata, 'error', error, 'record', record
        )),
        '{}'
    )
from oplatency.staged_rows
where run_token = %(run_token)s and coalesce(problem, %(batch_problem)s) is not null
order by row_no;
