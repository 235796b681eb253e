-- The baseline in force per operation and branch at the reference time.
-- Grain: one row per operation and branch. The order in which versions were computed cannot matter.
create or replace view oplatency.active_baselines as
select distinct on (baselines.operation_id, baselines.branch_id)
    baselines.*
from oplatency.baselines as baselines
inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
where baselines.as_of <= (select oplatency.reference_time())
order by
    baselines.operation_id asc,
    baselines.branch_id asc,
    baselines.as_of desc,
    configurations.config_no desc,
    baselines.revision desc;
comment on view oplatency.active_baselines is 'The baseline in force per operation and branch at the reference time.';
