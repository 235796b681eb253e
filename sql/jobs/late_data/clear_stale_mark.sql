-- Notes that a result was computed again: no older run of its window lacks anything that matters.
update oplatency.job_runs
set is_stale = false
where
    job = %(job)s
    and window_start = %(window_start)s
    and window_end = %(window_end)s
    and scope = %(scope)s
    and is_stale;
