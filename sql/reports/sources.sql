-- Whether the sources still deliver.
select
    source,
    last_arrival_at,
    last_call_at,
    rows_24h,
    rows_7d,
    rejected_24h_pct,
    is_silent
from oplatency.v_ingest_health
order by source;
