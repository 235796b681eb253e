-- Names that the staged rows of an attempt bring and that are not known yet, those of refused rows left out.
-- Grain: one row per kind of name and name, sorted: two loads take locks in the same order.
with used as (
    select distinct
        staged.operation,
        staged.branch,
        staged.user_name
    from oplatency.staged_metrics as staged
    where
        staged.run_token = %(run_token)s
        and not exists (
            select 1
            from oplatency.staged_refusals as refused
            where staged.run_token = refused.run_token and staged.row_no = refused.row_no
        )
    union
    select
        null,
        named.branch,
        staged.user_name
    from oplatency.staged_rows as staged
    cross join
        lateral (
            values
            (staged.branch),
            (oplatency.parse_json(staged.record) ->> 'source_branch'),
            (oplatency.parse_json(staged.record) ->> 'target_branch')
        ) as named (branch)
    where staged.run_token = %(run_token)s and staged.problem is null and staged.kind is not null
)

select distinct
    'operation' as kind,
    used.operation as name
from used
where used.operation is not null and not exists (select 1 from oplatency.operation_types as known where used.operation = known.name)
union all
select distinct
    'branch',
    used.branch
from used
where used.branch is not null and not exists (select 1 from oplatency.branches as known where used.branch = known.name)
union all
select distinct
    'user',
    used.user_name
from used
where used.user_name is not null and not exists (select 1 from oplatency.users as known where used.user_name = known.name)
order by kind, name;
