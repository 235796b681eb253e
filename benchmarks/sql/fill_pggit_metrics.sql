-- The same calls in the table that pgGit keeps its metrics in, with its seven indexes.
-- Grain: one row per call. Window: everything stored. Re-run: the table is emptied first.
truncate bench.pggit_metrics;

insert into bench.pggit_metrics
(operation_type, duration_microseconds, duration_ms, start_time, end_time, branch_id, user_name, period_start)
select
    operations.name,
    metrics.duration_us,
    metrics.duration_us::numeric / 1000,
    metrics.started_at at time zone 'UTC',
    (metrics.started_at + metrics.duration_us * interval '1 microsecond') at time zone 'UTC',
    1,
    'bench',
    date_trunc('day', metrics.started_at at time zone 'UTC')
from oplatency.metrics as metrics
inner join oplatency.operation_types as operations on metrics.operation_id = operations.operation_id
order by metrics.started_at;
