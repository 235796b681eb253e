-- Staged baselines and findings of attempts that were overtaken, failed or never went on. Those of the last day stay: a
-- live attempt needs them, and a person may want to look at what an audit refused.
with kept as (
    select runs.run_token
    from oplatency.job_runs as runs
    where
        runs.status in ('staged', 'audited', 'failed')
        and runs.staged_at > clock_timestamp() - interval '1 day'
),

cleared_baselines as (
    delete from oplatency.staged_baselines as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_anomalies as (
    delete from oplatency.staged_anomalies as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_violations as (
    delete from oplatency.staged_violations as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_degradations as (
    delete from oplatency.staged_degradations as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_verdicts as (
    delete from oplatency.staged_verdicts as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_correlations as (
    delete from oplatency.staged_correlations as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
),

cleared_correlation_groups as (
    delete from oplatency.staged_correlation_groups as staged
    where not exists (select 1 from kept where staged.run_token = kept.run_token)
    returning 1
)

select
    (select count(*) from cleared_baselines)
    + (select count(*) from cleared_anomalies)
    + (select count(*) from cleared_violations)
    + (select count(*) from cleared_degradations)
    + (select count(*) from cleared_verdicts)
    + (select count(*) from cleared_correlations)
    + (select count(*) from cleared_correlation_groups) as n_cleared;
