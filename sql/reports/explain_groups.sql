-- Groups of operations that slowed together with one operation in a window that holds the hour.
-- Grain: one row per as-of and group. Window: the first as-of after the hour, at most 24 hours later. Re-run: reads only.
select
    as_of,
    members,
    onset_at,
    bottleneck,
    recommendation,
    alerting
from oplatency.v_correlation_groups
where
    %(operation)s = any(members)
    and as_of = (
        select min(later.as_of)
        from oplatency.v_correlation_groups as later
        where later.as_of > %(hour_start)s and later.as_of <= %(hour_start)s::timestamptz + interval '24 hours'
    )
order by alerting desc, onset_at asc;
