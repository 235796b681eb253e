-- Drops, or with dry_run only names, the partitions of metrics before a day.
select partition_name
from oplatency.drop_metric_partitions(%(before_on)s, %(dry_run)s) as partition_name;
