-- get_object_timeline: the versions of some objects in order, each with the time until the next.
\set object random(1, 2660)
\set n_objects int(9 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
select object_id, max(kept_for) as longest, avg(kept_for) as mean, count(distinct md5(definition)) as n_versions
from (
    select
        object_id,
        definition,
        lead(valid_from) over (partition by object_id order by valid_from) - valid_from as kept_for
    from object_versions
    where object_id between :object and :object + :n_objects
) as timeline
group by object_id;
