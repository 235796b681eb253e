-- What people were told of an operation's hour, and of the day and the groups that it belongs to.
-- Grain: one row per kind of alert. Window: the hour from hour_start on, of days and groups its day. Re-run: reads only.
select
    alert_type,
    case min(array_position(array['CRITICAL', 'WARNING', 'INFO'], severity))
        when 1 then 'CRITICAL' when 2 then 'WARNING' else 'INFO'
    end as severity,
    count(*) as alerts,
    min(alert_id) as first_alert_id,
    min(observed_at) as first_at,
    count(acknowledged_at) as acknowledged
from oplatency.v_alerts
where
    (operation = %(operation)s or evidence -> 'members' ? %(operation)s)
    and (
        (
            alert_type in ('VIOLATION', 'ANOMALY', 'SILENCE')
            and observed_at >= %(hour_start)s
            and observed_at < %(hour_start)s::timestamptz + interval '1 hour'
        )
        or (
            alert_type = 'CORRELATION'
            and observed_at >= date_trunc('day', %(hour_start)s::timestamptz, 'UTC')
            and observed_at < date_trunc('day', %(hour_start)s::timestamptz, 'UTC') + interval '1 day'
        )
        or (
            alert_type = 'DEGRADATION'
            and observed_at = date_trunc('day', %(hour_start)s::timestamptz, 'UTC') + interval '1 day'
        )
    )
group by alert_type
order by first_at, alert_type;
