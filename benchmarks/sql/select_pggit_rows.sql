-- The rows of the file as pgGit's table wants them.
select
    operation,
    duration_us,
    duration_us::numeric / 1000,
    started_at at time zone 'UTC',
    ended_at at time zone 'UTC',
    right(branch, 1)::integer,
    "user",
    session,
    rows_affected,
    memory_bytes,
    cpu_us,
    metadata,
    period_start::timestamp
from bench.file_rows
order by started_at
