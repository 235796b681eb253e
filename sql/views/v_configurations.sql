-- The analysis settings that results were made with.
-- Grain: one row per set of settings that ever produced a result.
-- Window: everything stored.
-- Re-run: replaced at each deploy; holds no rows of its own.
create or replace view oplatency.v_configurations as
select
    configurations.config_hash,
    configurations.content,
    configurations.first_used_at
from oplatency.configurations as configurations;
comment on view oplatency.v_configurations is 'The analysis settings that results were made with, by their hash.';
comment on column oplatency.v_configurations.config_hash is 'What results name them by.';
comment on column oplatency.v_configurations.content is
'Section, name, value; operations holds what people set for single ones, by name, where it differs from the catalogue.';
comment on column oplatency.v_configurations.first_used_at is 'When a job first used them.';
