-- get_objects: the objects of a branch with their kind, name and size.
\set branch random(0, 19)
\set n_objects least(10000, int(1000 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4)))
\set first random(1, 10001 - :n_objects)
select o.kind, count(*) as n_objects, sum(c.size_bytes) as size_bytes, min(o.qualified_name) as first_name
from tree_entries as t
inner join objects as o on o.object_id = t.object_id
inner join contents as c on c.content_hash = t.content_hash
where t.branch_id = :branch and t.object_id between :first and :first + :n_objects - 1
group by o.kind;
