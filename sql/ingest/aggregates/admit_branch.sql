-- Takes the branch that the source declares into the catalogue.
-- Grain: one row. Window: none. Re-run: no new row.
insert into oplatency.branches (name)
values (%(branch)s)
on conflict (name) do nothing;
