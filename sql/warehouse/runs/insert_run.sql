-- Opens a run: from here on its token names the staged rows.
insert into oplatency.job_runs
(
    run_token, job, window_start, window_end, scope, config_hash, status, staged_digest, result, facts_from, facts_snapshot,
    baselines_from, newest_baseline_id
)
values
(
    %(run_token)s, %(job)s, %(window_start)s, %(window_end)s, %(scope)s, %(config_hash)s, 'staged', %(staged_digest)s,
    %(result)s, %(facts_from)s, %(facts_snapshot)s::pg_snapshot, %(baselines_from)s, %(newest_baseline_id)s
);
