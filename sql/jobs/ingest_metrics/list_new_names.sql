-- Names that the staged rows of an attempt bring and that are not known yet; operations beyond the ceiling are left out.
-- Grain: one row per kind of name and name, sorted: two loads take locks in the same order.
with used as (
    select
        'operation' as kind,
        staged.operation as name
    from oplatency.staged_statistics as staged
    where staged.run_token = %(run_token)s and staged.operation <> all(%(operations)s::text[])
    union
    select
        'branch',
        staged.branch
    from oplatency.staged_statistics as staged
    where staged.run_token = %(run_token)s
    union
    select
        'user',
        staged.user_name
    from oplatency.staged_statistics as staged
    where staged.run_token = %(run_token)s
    union
    select
        named.kind,
        named.name
    from oplatency.staged_rows as staged
    cross join
        lateral (
            values
            ('user', staged.user_name),
            ('branch', staged.branch),
            ('branch', oplatency.parse_json(staged.record) ->> 'source_branch'),
            ('branch', oplatency.parse_json(staged.record) ->> 'target_branch')
        ) as named (kind, name)
    where staged.run_token = %(run_token)s and staged.problem is null and staged.kind is not null
)

select
    used.kind,
    used.name
from used
left join oplatency.operation_types as operations on used.kind = 'operation' and used.name = operations.name
left join oplatency.branches as branches on used.kind = 'branch' and used.name = branches.name
left join oplatency.users as users on used.kind = 'user' and used.name = users.name
where
    used.name is not null
    and operations.operation_id is null
    and branches.branch_id is null
    and users.user_id is null
order by used.kind, used.name;
