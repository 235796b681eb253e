-- Notes that baselines are published with other settings than before; from here on theirs are in force.
-- Re-run: adds nothing while the same settings stay in use.
insert into oplatency.configuration_uses (config_hash)
select %(config_hash)s
where
    %(config_hash)s is distinct from (
        select uses.config_hash
        from oplatency.configuration_uses as uses
        order by uses.use_no desc
        limit 1
    );
