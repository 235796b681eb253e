-- Makes the staged correlation groups of a run visible and drops them from staging.
with staged as (
    delete from oplatency.staged_correlation_groups
    where run_token = %(run_token)s
    returning *
)

insert into oplatency.correlation_groups
(
    as_of, group_no, members, onset_at, bottleneck, is_alerting
)
select
    as_of,
    group_no,
    members,
    onset_at,
    bottleneck,
    is_alerting
from staged
order by group_no;
