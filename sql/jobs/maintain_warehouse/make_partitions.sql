-- Partitions of metrics for the days [from_on, to_on).
select oplatency.ensure_metric_partitions(%(from_on)s, %(to_on)s) as n_made;
