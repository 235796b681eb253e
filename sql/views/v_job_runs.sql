-- What was computed when, with which settings and what result.
-- Grain: one row per attempt of a job over a window.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_job_runs as
select
    job_runs.job,
    nullif(job_runs.scope, '') as operation,
    job_runs.window_start,
    job_runs.window_end,
    job_runs.status,
    job_runs.config_hash,
    job_runs.result,
    job_runs.staged_at,
    job_runs.audited_at,
    job_runs.published_at
from oplatency.job_runs as job_runs;
comment on view oplatency.v_job_runs is 'Attempts of jobs over their windows, from stage to publish.';
comment on column oplatency.v_job_runs.job is 'Name of the job, which is also its DAG.';
comment on column oplatency.v_job_runs.operation is 'The one operation it was limited to; null = all.';
comment on column oplatency.v_job_runs.window_start is 'First instant of the window, inclusive.';
comment on column oplatency.v_job_runs.window_end is 'End of the window, exclusive.';
comment on column oplatency.v_job_runs.status is 'staged, audited, failed (audit refused), published, or superseded by a newer attempt.';
comment on column oplatency.v_job_runs.config_hash is 'Settings it used.';
comment on column oplatency.v_job_runs.result is 'What it reports.';
comment on column oplatency.v_job_runs.staged_at is 'When its rows were staged.';
comment on column oplatency.v_job_runs.audited_at is 'When their audit ended; null = it has not.';
comment on column oplatency.v_job_runs.published_at is 'When they were published; null = they are not.';
