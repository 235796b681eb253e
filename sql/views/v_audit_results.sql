-- What the newest audits said.
-- Grain: one row per suite, expectation, subject and stage: staged rows, or what is published.
-- Window: the newest check of each.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_audit_results as
with newest as (
    select distinct on (
        audit_results.suite, audit_results.expectation, audit_results.subject, audit_results.run_token is null
    )
        audit_results.run_token,
        audit_results.suite,
        audit_results.expectation,
        audit_results.description,
        audit_results.subject,
        audit_results.passed,
        audit_results.n_rows,
        audit_results.n_unexpected,
        audit_results.detail,
        audit_results.severity,
        audit_results.checked_at
    from oplatency.audit_results as audit_results
    order by
        audit_results.suite asc,
        audit_results.expectation asc,
        audit_results.subject asc,
        audit_results.run_token is null asc,
        audit_results.checked_at desc,
        audit_results.audit_id desc
)

select
    newest.suite,
    newest.expectation,
    newest.subject,
    case when newest.run_token is null then 'published' else 'staged' end as stage,
    case
        when newest.run_token is null then 'what is published'
        when ingest_batches.batch_id is not null then 'batch ' || ingest_batches.batch_id || ': ' || ingest_batches.path
        when job_runs.job is not null
            then
                job_runs.job
                || ' from '
                || to_char(job_runs.window_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
                || ' to '
                || to_char(job_runs.window_end at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
                || ' UTC'
        else 'run ' || newest.run_token
    end as checked_on,
    newest.passed,
    newest.n_rows as rows_checked,
    newest.n_unexpected as rows_unexpected,
    newest.detail,
    newest.checked_at,
    newest.severity,
    newest.description
from newest
left join oplatency.job_runs as job_runs on newest.run_token = job_runs.run_token
left join oplatency.ingest_batches as ingest_batches on newest.run_token = ingest_batches.run_token
order by newest.suite, newest.expectation, newest.subject, stage;
comment on view oplatency.v_audit_results is
'The newest result of each expectation, for staged rows and for what is published.';
comment on column oplatency.v_audit_results.suite is 'Name of the suite.';
comment on column oplatency.v_audit_results.expectation is 'Id of what was expected.';
comment on column oplatency.v_audit_results.subject is 'Table or columns it was expected of.';
comment on column oplatency.v_audit_results.stage is
'staged = checked before it could be published, published = checked afterwards.';
comment on column oplatency.v_audit_results.checked_on is
'The batch, or the job and its window, whose rows were checked.';
comment on column oplatency.v_audit_results.passed is 'Whether it held; an expectation that raised did not.';
comment on column oplatency.v_audit_results.rows_checked is 'Rows looked at.';
comment on column oplatency.v_audit_results.rows_unexpected is 'Rows that did not hold.';
comment on column oplatency.v_audit_results.detail is 'Examples or the error, shortened; empty when it held.';
comment on column oplatency.v_audit_results.checked_at is 'When it was checked.';
comment on column oplatency.v_audit_results.severity is
'critical = what is staged is not published unless it holds, warning = it is only recorded.';
comment on column oplatency.v_audit_results.description is 'What was expected, in words.';
