-- Removes the intervals of aggregate sources that ended before the retention.
-- Grain: one row per operation and interval. Window: intervals that ended at or before %(before_at)s. Re-run: nothing left.
delete from oplatency.aggregate_intervals
where interval_end <= %(before_at)s;
