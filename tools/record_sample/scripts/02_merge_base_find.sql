-- merge_base_find: walks the parents of a commit until it is as deep as a common ancestor would be.
\set head random(105000, 119999)
\set n_parents int(3000 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
with recursive ancestry as (
    select commit_id, parent_id, 1 as depth
    from commits
    where commit_id = :head
    union all
    select parent.commit_id, parent.parent_id, ancestry.depth + 1
    from ancestry
    inner join commits as parent on parent.commit_id = ancestry.parent_id
    where ancestry.depth < :n_parents
)
select commit_id, depth from ancestry order by depth desc limit 1;
