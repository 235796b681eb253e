-- The baseline in force per operation and branch at the reference time.
-- Grain: one row per operation and branch. The order in which versions were computed cannot matter: of the newest as-of
-- the configuration that was used last counts, so that going back to earlier settings brings their baselines back.
create or replace view oplatency.active_baselines as
select distinct on (baselines.operation_id, baselines.branch_id)
    baselines.*
from oplatency.baselines as baselines
inner join oplatency.configuration_recency as recency on baselines.config_hash = recency.config_hash
where baselines.as_of <= (select oplatency.reference_time())
order by
    baselines.operation_id asc,
    baselines.branch_id asc,
    baselines.as_of desc,
    recency.recency_rank asc,
    baselines.revision desc;
comment on view oplatency.active_baselines is 'The baseline in force per operation and branch at the reference time.';
