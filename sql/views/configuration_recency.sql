-- Which configuration was used last: of the baseline versions of one as-of, that of the lowest rank is in force.
-- Grain: one row per configuration. Those that baselines were published with come first, the last used at the top, so
-- that going back to earlier settings brings their baselines back; the others follow, the newest at the top.
create or replace view oplatency.configuration_recency as
select
    configurations.config_hash,
    row_number() over (order by max(uses.use_no) desc nulls last, configurations.config_no desc) as recency_rank
from oplatency.configurations as configurations
left join oplatency.configuration_uses as uses on configurations.config_hash = uses.config_hash
group by configurations.config_hash;
comment on view oplatency.configuration_recency is 'Configurations by when they were last used.';
comment on column oplatency.configuration_recency.config_hash is 'Settings.';
comment on column oplatency.configuration_recency.recency_rank is '1 = the configuration that was used last.';
