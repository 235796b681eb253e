-- Older attempts at the same window that have not published lose their right to.
update oplatency.job_runs
set status = 'superseded'
where
    job = %(job)s
    and window_start = %(window_start)s
    and window_end = %(window_end)s
    and scope = %(scope)s
    and status in ('staged', 'audited');
