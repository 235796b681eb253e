-- Names the content of a run's staged findings.
select md5(coalesce(string_agg(content, E'\n' order by content), '')) as digest
from (
    select 'anomaly ' || staged::text as content
    from oplatency.staged_anomalies as staged
    where staged.run_token = %(run_token)s
    union all
    select 'violation ' || staged::text
    from oplatency.staged_violations as staged
    where staged.run_token = %(run_token)s
    union all
    select 'degradation ' || staged::text
    from oplatency.staged_degradations as staged
    where staged.run_token = %(run_token)s
    union all
    select 'verdict ' || staged::text
    from oplatency.staged_verdicts as staged
    where staged.run_token = %(run_token)s
) as contents;
