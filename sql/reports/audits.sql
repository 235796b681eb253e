-- The newest results, one row a suite.
select
    suite,
    count(*) as expectations,
    count(*) filter (where passed) as passed,
    max(rows_checked) as rows_checked,
    max(checked_at) as checked_at,
    coalesce(string_agg(expectation || ': ' || description, '; ' order by expectation) filter (where not passed), '') as failed
from oplatency.v_audit_results
group by suite
order by suite;
