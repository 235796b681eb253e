-- Notes the settings a run uses; the first use of a configuration numbers it.
insert into oplatency.configurations (config_hash, content)
values (%(config_hash)s, %(content)s)
on conflict (config_hash) do nothing;
