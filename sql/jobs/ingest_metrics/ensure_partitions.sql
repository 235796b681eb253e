-- Partitions for every day that the staged calls fall on.
select coalesce(sum(oplatency.ensure_metric_partitions(days.day_on, days.day_on + 1)), 0) as n_made
from (
    select distinct (hour_at at time zone 'UTC')::date as day_on
    from oplatency.staged_statistics
    where run_token = %(run_token)s and hour_at is not null
    order by day_on
) as days;
