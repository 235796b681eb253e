-- What people noted of an operation's hour: intervals that are kept out of baselines, and marks.
-- Grain: one row per note. Window: notes that touch the hour from hour_start on. Re-run: reads only.
select
    case when kept then 'keep' else 'exclude' end as note,
    interval_id,
    from_at,
    to_at,
    reason,
    noted_by,
    branch
from oplatency.v_excluded_intervals
where
    interval_id is not null
    and removed_at is null
    and operation = %(operation)s
    and from_at < %(hour_start)s::timestamptz + interval '1 hour'
    and to_at > %(hour_start)s
union all
select
    'mark',
    null,
    began_at,
    ended_at,
    title,
    null,
    null
from oplatency.v_marks
where
    began_at < %(hour_start)s::timestamptz + interval '1 hour'
    and ended_at > %(hour_start)s
    and (cardinality(operations) = 0 or %(operation)s = any(operations))
order by from_at, note;
