-- Fresh statistics for the planner.
select oplatency.analyze_metrics();
