-- Input rows that were staged more than once. That a row has its number is the not-null expectation's business.
-- Grain: one row per such row of the input. Window: the batch, its first 20. Re-run: reads only.
-- Whether there is any is told by sorting the numbers, which costs less than grouping them.
with counted as (
    select
        count(row_no) as n_rows,
        count(distinct row_no) as n_distinct
    from %(batch)s
)

select
    row_no,
    count(*) as n_times,
    sum(count(*)) over () as n_offending
from %(batch)s
where row_no is not null and exists (select 1 from counted where counted.n_rows <> counted.n_distinct)
group by row_no
having count(*) > 1
order by row_no
limit 20
