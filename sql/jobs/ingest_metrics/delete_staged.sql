-- Drops the staged rows of a closed attempt.
with calls as (
    delete from oplatency.staged_metrics
    where run_token = %(run_token)s
),

groups as (
    delete from oplatency.staged_statistics
    where run_token = %(run_token)s
),

refusals as (
    delete from oplatency.staged_rejections
    where run_token = %(run_token)s
)

delete from oplatency.staged_rows
where run_token = %(run_token)s;
