-- Notes an interval of one operation and branch; an unknown branch gives no row.
insert into oplatency.excluded_intervals
(operation_id, branch_id, from_at, to_at, is_included, origin, reason, known_at, noted_by)
select
    %(operation_id)s,
    branches.branch_id,
    %(from_at)s,
    %(to_at)s,
    %(is_included)s,
    'person',
    %(reason)s,
    %(known_at)s,
    %(noted_by)s
from oplatency.branches as branches
where branches.name = %(branch)s and branches.branch_id >= 0
returning interval_id;
