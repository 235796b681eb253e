-- One name of the bootstrap data.
insert into oplatency.branches (name)
values (%(name)s)
on conflict (name) do nothing;
