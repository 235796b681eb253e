-- The settings that an hour was judged with, and those of the baseline that judged it.
-- Grain: one row per configuration. Window: the hashes given. Re-run: reads only.
select
    config_hash,
    content
from oplatency.v_configurations
where config_hash = any(%(config_hashes)s::text[]);
