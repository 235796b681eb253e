-- A run, locked until the transaction ends.
select
    run_token,
    job,
    window_start,
    window_end,
    scope,
    config_hash,
    status,
    staged_digest,
    result
from oplatency.job_runs
where run_token = %(run_token)s
for update;
