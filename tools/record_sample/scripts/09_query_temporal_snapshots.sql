-- query_temporal_snapshots: the last change of every object within a span of time.
\set n_minutes int(9000 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
\set minutes random(30000, 560000)
select count(*) as n_objects, max(length(patch)) as longest
from (
    select distinct on (object_id) object_id, branch_id, changed_at, patch
    from changes
    where
        changed_at >= timestamptz '2025-01-01 00:00:00+00' + :minutes * interval '1 minute'
        and changed_at < timestamptz '2025-01-01 00:00:00+00' + (:minutes + :n_minutes) * interval '1 minute'
    order by object_id asc, changed_at desc
) as snapshot;
