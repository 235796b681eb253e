-- The trials of an as-of, which are about to be replaced.
-- Grain: none. Window: the week that ends with as_of. Re-run: nothing left.
delete from oplatency.canary_trials
where as_of = %(as_of)s;
