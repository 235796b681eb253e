-- Baselines whose percentiles decrease somewhere. A comparison with null is the not-null expectations' business.
-- Grain: one row per offending baseline. Window: the batch, its first 20. Re-run: reads only.
select
    operation,
    branch,
    as_of,
    p50_us,
    p75_us,
    p90_us,
    p95_us,
    p99_us,
    count(*) over () as n_offending
from %(batch)s
where not (p50_us <= p75_us and p75_us <= p90_us and p90_us <= p95_us and p95_us <= p99_us)
order by operation, branch, as_of
limit 20
