-- Names the content of a run's staged pairs and groups.
select md5(coalesce(string_agg(content, E'\n' order by content), '')) as digest
from (
    select 'pair ' || staged::text as content
    from oplatency.staged_correlations as staged
    where staged.run_token = %(run_token)s
    union all
    select 'group ' || staged::text
    from oplatency.staged_correlation_groups as staged
    where staged.run_token = %(run_token)s
) as contents;
