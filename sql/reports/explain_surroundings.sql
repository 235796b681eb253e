-- Other operations with findings in the same hour.
-- Grain: one row per operation. Window: the hour from hour_start on. Re-run: reads only.
select
    operation,
    count(*) as findings,
    bool_or(alerting) as alerting,
    max(effect) filter (where kind = 'point') as largest_effect,
    bool_or(kind = 'silence') as silent
from oplatency.v_anomalies
where
    operation <> %(operation)s
    and kind in (select rules.kind from oplatency.v_rules as rules where rules.grain in ('call', 'hour'))
    and window_start = %(hour_start)s
group by operation
order by alerting desc, findings desc, operation asc;
