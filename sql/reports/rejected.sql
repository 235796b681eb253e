-- Rejected rows by source and reason; what waits for a person comes first.
select
    source,
    reason,
    count(*) as rejected,
    count(*) filter (where state = 'held') as held,
    count(*) filter (where state = 'released') as released,
    count(*) filter (where state = 'discarded') as discarded,
    max(batch) as newest_batch
from oplatency.v_quarantine
group by source, reason
order by held desc, rejected desc, source asc, reason asc;
