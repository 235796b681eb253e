-- Notes that a migration was applied.
insert into oplatency.schema_migrations (version, name, checksum)
values (%(version)s, %(name)s, %(checksum)s);
