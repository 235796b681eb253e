-- Admits the names that the staged calls bring; sorted, so that two loads take locks in the same order.
-- Grain: one row per new name. Window: the rows of one attempt. Re-run: no new rows.
with staged as (
    select
        operation,
        branch,
        user_name
    from oplatency.staged_metrics
    where run_token = %(run_token)s
),

new_operations as (
    insert into oplatency.operation_types (name, category, area, origin)
    select distinct
        staged.operation,
        'UNKNOWN',
        %(source)s,
        'ingest'
    from staged
    order by staged.operation
    on conflict (name) do nothing
),

new_branches as (
    insert into oplatency.branches (name)
    select distinct staged.branch
    from staged
    where staged.branch is not null
    order by staged.branch
    on conflict (name) do nothing
)

insert into oplatency.users (name)
select distinct staged.user_name
from staged
where staged.user_name is not null
order by staged.user_name
on conflict (name) do nothing;
