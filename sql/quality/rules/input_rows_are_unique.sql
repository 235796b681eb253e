-- Input rows that were staged more than once. That a row has its number is the not-null expectation's business.
-- Grain: one row per such row of the input. Window: the batch, its first 20. Re-run: reads only.
select
    row_no,
    count(*) as n_times,
    sum(count(*)) over () as n_offending
from %(batch)s
where row_no is not null
group by row_no
having count(*) > 1
order by row_no
limit 20
