-- Turns the rows that broke no rule into typed calls with their identity: that of the first row of its content; what
-- comes again is numbered afterwards.
-- Grain: one row per accepted input row. Window: the rows of one attempt. Re-run: the same rows, the same hashes.
with typed as (
    select
        staged.row_no,
        staged.line_no,
        staged.operation,
        staged.branch,
        staged.user_name,
        staged.session,
        staged.event_id,
        staged.kind is not null as from_span,
        staged.duration_us is not null as has_duration_us,
        staged.ended_at is not null as has_ended_at,
        oplatency.parse_instant(staged.started_at, %(assume_tz)s) as started_at,
        oplatency.parse_instant(staged.ended_at, %(assume_tz)s) as claimed_end_at,
        oplatency.parse_instant(
            staged.period_start || case when staged.period_start ~ '^\d{4}-\d{2}-\d{2}$' then 'T00:00:00Z' else '' end,
            %(assume_tz)s
        ) as claimed_period_at,
        oplatency.parse_number(staged.duration_us) as claimed_us,
        oplatency.parse_number(staged.duration_ms) as claimed_ms,
        staged.rows_affected::bigint as rows_affected,
        staged.memory_bytes::bigint as memory_bytes,
        staged.cpu_us::bigint as cpu_us,
        oplatency.parse_json(staged.metadata) as metadata,
        coalesce(oplatency.parse_json(staged.error), to_jsonb(staged.error)) as error
    from oplatency.staged_rows as staged
    where
        staged.run_token = %(run_token)s
        and staged.problem is null
        and (
            staged.kind is null
            -- a call that still runs has no duration yet
            or (
                (oplatency.parse_json(staged.record) ->> 'is_call')::boolean
                and oplatency.parse_json(staged.record) ->> 'status' <> 'RUNNING'
            )
        )
),

measured as (
    select
        typed.*,
        round(
            coalesce(
                typed.claimed_us,
                typed.claimed_ms * 1000,
                extract(epoch from typed.claimed_end_at - typed.started_at) * 1000000
            )
        )::bigint as fact_us
    from typed
),

canonical as (
    select
        measured.*,
        oplatency.canonical_call(
            measured.operation, measured.started_at, measured.fact_us, measured.branch, measured.user_name, measured.session,
            measured.rows_affected, measured.memory_bytes, measured.cpu_us, measured.metadata, measured.error
        ) as content
    from measured
)

insert into oplatency.staged_metrics
(
    run_token, row_no, line_no, operation, branch, user_name, started_at, ended_at, duration_us, duration_ms, period_start,
    identity_hash, event_id, from_span, has_duration_us, has_ended_at, session, rows_affected, memory_bytes, cpu_us, metadata, error
)
select
    %(run_token)s,
    row_no,
    line_no,
    operation,
    branch,
    user_name,
    started_at,
    coalesce(claimed_end_at, started_at + fact_us * interval '1 microsecond'),
    fact_us,
    coalesce(claimed_ms::double precision, fact_us / 1000.0::double precision),
    coalesce(claimed_period_at, date_trunc('day', started_at, 'UTC')),
    oplatency.hash64(coalesce('id:' || event_id, 'row:1:' || content)),
    event_id,
    from_span,
    has_duration_us,
    has_ended_at,
    session,
    rows_affected,
    memory_bytes,
    cpu_us,
    metadata,
    error
from canonical;
