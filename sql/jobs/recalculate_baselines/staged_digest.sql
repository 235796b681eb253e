-- Names the content of a run's candidates.
select md5(coalesce(string_agg(staged::text, E'\n' order by staged.operation_id, staged.branch_id), '')) as digest
from oplatency.staged_baselines as staged
where staged.run_token = %(run_token)s;
