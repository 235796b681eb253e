-- Calls, staged or published, as their suites see them.
-- Grain: one row per call. Window: that of the source. Re-run: reads only.
-- Rules that span columns, or cost more than a comparison, are computed here, so that one scan answers them all; what
-- holds for nearly every row is tried first. A name that begins with a visible character of ASCII is not blank. The
-- session runs in UTC. Half a microsecond is added to the resolution of the source, because duration_us is rounded, and
-- to milliseconds the share that a double cannot tell apart. A comparison with NaN is false here. A start within the
-- resolution of midnight may count to either day; a period that is no day boundary never passes.
select
    calls.batch_id,
    calls.row_no,
    calls.operation,
    calls.branch,
    calls.user_name,
    ascii(calls.operation) between 33 and 126 or calls.operation ~ '\S' as operation_named,
    ascii(calls.branch) between 33 and 126 or calls.branch ~ '\S' as branch_named,
    ascii(calls.user_name) between 33 and 126 or calls.user_name ~ '\S' as user_named,
    calls.started_at,
    calls.ended_at,
    isfinite(calls.started_at) and isfinite(calls.ended_at) as instants_finite,
    calls.started_at < calls.ended_at as end_after_start,
    calls.duration_us,
    calls.duration_ms,
    calls.period_start,
    calls.identity_hash,
    calls.ended_at = calls.started_at + calls.duration_us * interval '1 microsecond'
    or abs(extract(epoch from calls.ended_at - calls.started_at) * 1000000 - calls.duration_us)
    <= %(resolution_us)s + 0.5 as interval_is_duration,
    abs(calls.duration_ms * 1000 - calls.duration_us)
    <= %(resolution_us)s + 0.5::double precision + 1e-12::double precision * calls.duration_us as milliseconds_are_duration,
    calls.period_start = date_bin('1 day', calls.started_at, '2000-01-01 00:00:00+00')
    or calls.period_start in (
        date_trunc('day', calls.started_at - %(resolution_us)s * interval '1 microsecond'),
        date_trunc('day', calls.started_at + %(resolution_us)s * interval '1 microsecond')
    ) as period_is_day_of_start
from %(metrics)s as calls
