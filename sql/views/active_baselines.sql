-- The baseline in force per operation and branch at the reference time.
-- Grain: one row per operation and branch. The order in which versions were computed cannot matter: of the newest as-of
-- the configuration that was used last counts, so that going back to earlier settings brings their baselines back.
create or replace view oplatency.active_baselines as
select distinct on (baselines.operation_id, baselines.branch_id)
    baselines.*
from oplatency.baselines as baselines
inner join oplatency.configurations as configurations on baselines.config_hash = configurations.config_hash
left join (
    select
        config_hash,
        max(use_no) as last_use_no
    from oplatency.configuration_uses
    group by config_hash
) as uses on baselines.config_hash = uses.config_hash
where baselines.as_of <= (select oplatency.reference_time())
order by
    baselines.operation_id asc,
    baselines.branch_id asc,
    baselines.as_of desc,
    uses.last_use_no desc nulls last,
    configurations.config_no desc,
    baselines.revision desc;
comment on view oplatency.active_baselines is 'The baseline in force per operation and branch at the reference time.';
