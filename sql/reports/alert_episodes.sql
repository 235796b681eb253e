-- Alert episodes, oldest first.
select
    operation,
    first_at,
    last_at,
    calls,
    expected_ms,
    median_ms,
    max_z,
    severity,
    coalesce(mark, 'unexplained') as mark
from oplatency.v_alert_episodes
order by first_at, operation;
