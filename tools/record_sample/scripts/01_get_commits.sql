-- get_commits: the newest commits whose message matches a pattern, as a log page filters them.
\set branch random(0, 19)
\set n_commits int(2600 * exp(random_gaussian(-4000, 4000, 4) / 1000.0 * 0.4))
select commit_id, author, message, committed_at
from (
    select commit_id, author, message, committed_at
    from commits
    where branch_id in (:branch, (:branch + 1) % 20, (:branch + 2) % 20, (:branch + 3) % 20)
    order by commit_id desc
    limit :n_commits
) as newest
where message ~ 'change [0-9a-f]*(ab|cd)[0-9]+e'
order by committed_at desc
limit 50;
