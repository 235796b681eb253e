-- Admits a branch that came with data. Re-run: no new row.
insert into oplatency.branches (name)
values (%(name)s)
on conflict (name) do nothing;
