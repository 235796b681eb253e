-- get_object_at_time: the definition that some objects had at an instant.
\set object random(1, 2660)
\set n_objects int(12 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
\set minutes random(200000, 360000)
select distinct on (object_id) object_id, valid_from, commit_id, sha256(convert_to(definition, 'UTF8')) as content_hash
from object_versions
where
    object_id between :object and :object + :n_objects
    and valid_from <= timestamptz '2025-01-01 00:00:00+00' + :minutes * interval '1 minute'
order by object_id asc, valid_from desc;
