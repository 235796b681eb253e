-- Calls of some days at random instants, log-normal around a level of their operation, one hour of the last day slower for some.
-- Grain: one row per call. Window: %(start)s and as many days as given. Re-run: fails on the unique key of metrics.
insert into oplatency.operation_types (name, category, area, alert_threshold, origin)
select
    'operation_' || number,
    'WRITE',
    'basic',
    2.0,
    'catalogue'
from generate_series(1, %(n_operations)s) as number
on conflict do nothing;

insert into oplatency.branches (name) values ('main') on conflict do nothing;
insert into oplatency.users (name) values ('bench') on conflict do nothing;

insert into oplatency.ingest_batches (run_token, source, format, path, content_hash, status, received_at)
values (gen_random_uuid(), 'bench', 'builtin', '', '', 'published', %(start)s);

select oplatency.ensure_metric_partitions(%(start)s::date, (%(start)s + %(days)s * interval '1 day')::date);

insert into oplatency.metrics
(operation_id, branch_id, user_id, started_at, duration_us, identity_hash, batch_id)
select
    operations.operation_id,
    branches.branch_id,
    users.user_id,
    calls.started_at,
    greatest(
        1,
        exp(
            7 + operations.operation_id %% 40 / 10.0 + 0.34 * (random() + random() + random() + random() - 2)
            + case
                when
                    calls.operation_no <= %(n_slow)s
                    and calls.started_at >= %(start)s + (%(days)s - 0.5) * interval '1 day'
                    and calls.started_at < %(start)s + (%(days)s - 0.5) * interval '1 day' + interval '1 hour'
                    then 1
                else 0
            end
        )
    )::bigint,
    calls.number,
    (select max(batch_id) from oplatency.ingest_batches)
from (
    select
        number,
        %(start)s + number::double precision / %(n_calls)s * %(days)s * interval '1 day' as started_at,
        1 + (number::bigint * 7919) %% %(n_operations)s as operation_no
    from generate_series(0, %(n_calls)s - 1) as number
) as calls
inner join oplatency.operation_types as operations on 'operation_' || calls.operation_no = operations.name
inner join oplatency.branches as branches on branches.name = 'main'
inner join oplatency.users as users on users.name = 'bench'
order by calls.started_at;
