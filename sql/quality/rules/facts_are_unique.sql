-- Events that are there more than once. The unique key of the facts keeps them out; this proves that it does.
-- Grain: one row per such event. Window: the batch, its first 20. Re-run: reads only.
select
    operation,
    started_at,
    identity_hash,
    count(*) as n_times,
    sum(count(*)) over () as n_offending
from %(batch)s
group by operation, started_at, identity_hash
having count(*) > 1
order by operation, started_at, identity_hash
limit 20
