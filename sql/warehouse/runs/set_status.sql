-- Moves a run on.
update oplatency.job_runs
set
    status = %(status)s,
    result = result || %(result)s,
    audited_at = case when %(status)s in ('audited', 'failed') then clock_timestamp() else audited_at end,
    published_at = case when %(status)s = 'published' then clock_timestamp() end
where run_token = %(run_token)s
returning result;
