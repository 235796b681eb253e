-- The newest groups of operations that slowed together, with the mark that their onset falls into.
select
    found.group_id,
    array_to_string(found.members, ', ') as members,
    found.onset_at,
    found.bottleneck,
    found.recommendation,
    found.alerting,
    coalesce(marks.title, 'unexplained') as mark
from oplatency.v_correlation_groups as found
left join oplatency.v_marks as marks
    on
        found.onset_at >= marks.began_at - interval '1 hour'
        and found.onset_at < marks.ended_at + interval '1 hour'
        and (cardinality(marks.operations) = 0 or found.members && marks.operations)
where found.as_of = (select max(newest.as_of) from oplatency.v_correlation_groups as newest where newest.as_of <= oplatency.reference_time())
order by found.group_id;
