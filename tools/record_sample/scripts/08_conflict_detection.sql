-- conflict_detection: objects that two branches both changed, with different patches.
\set ours random(0, 18)
\set n_objects least(10000, int(2500 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4)))
\set first random(1, 10001 - :n_objects)
select count(*) as n_conflicts
from changes as ours
inner join changes as theirs on theirs.object_id = ours.object_id
where
    ours.branch_id = :ours
    and theirs.branch_id = :ours + 1
    and ours.object_id between :first and :first + :n_objects - 1
    and theirs.object_id between :first and :first + :n_objects - 1
    and md5(theirs.patch) <> md5(ours.patch);
