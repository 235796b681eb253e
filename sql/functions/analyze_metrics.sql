-- Fresh statistics for the planner; runs as the owner, because jobs do not own the table.
create or replace function oplatency.analyze_metrics()
returns void
language sql
security definer
set search_path = pg_catalog
as $$
    analyze oplatency.metrics
$$;
comment on function oplatency.analyze_metrics() is 'Refreshes the planner''s statistics of metrics.';
