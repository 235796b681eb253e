-- What the calls of an attempt touch that the row rules typed: operations by hour, branches, users.
-- Grain: one row per operation and hour, one per branch, one per user. Window: the rows of one attempt. Re-run: never; an
-- attempt is staged once.
insert into oplatency.staged_statistics
(run_token, operation, hour_at, branch, user_name, n_calls, first_row_no, newest_at, least_us, most_us)
select
    %(run_token)s,
    calls.operation,
    calls.hour_at,
    calls.branch,
    calls.user_name,
    count(*),
    min(calls.row_no),
    max(calls.started_at),
    min(calls.duration_us),
    max(calls.duration_us)
from (
    select
        operation,
        -- the session runs in UTC
        date_trunc('hour', started_at) as hour_at,
        branch,
        user_name,
        started_at,
        duration_us,
        row_no
    from oplatency.staged_metrics
    where run_token = %(run_token)s and not is_plain
) as calls
group by grouping sets ((calls.operation, calls.hour_at), (calls.branch), (calls.user_name));
