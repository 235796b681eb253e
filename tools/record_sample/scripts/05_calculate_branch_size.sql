-- calculate_branch_size: distinct contents of a branch and of the one it was made from, and their bytes.
\set branch random(0, 18)
\set n_objects least(10000, int(2500 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4)))
select sum(size_bytes) as size_bytes, count(*) as n_contents
from (
    select distinct t.content_hash
    from tree_entries as t
    where t.branch_id in (:branch, :branch + 1) and t.object_id <= :n_objects
) as used
inner join contents as c on c.content_hash = used.content_hash;
