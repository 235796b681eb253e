-- The migrations that were applied, oldest first.
select
    version,
    name,
    checksum
from oplatency.schema_migrations
order by version;
