-- The roles of an embedded server, able to log in with the passwords of its installation.
-- Run as the superuser of that server only. Re-run: sets the same passwords again.
do $$
declare
    wanted text;
begin
    foreach wanted in array array[
        'oplatency_owner', 'oplatency_writer', 'oplatency_recorder', 'oplatency_reader', 'airflow'
    ]
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            execute 'create role ' || quote_ident(wanted) || ' login';
        end if;
    end loop;
end
$$;
alter role oplatency_owner with login password %(oplatency_owner)s;
alter role oplatency_writer with login password %(oplatency_writer)s;
alter role oplatency_recorder with login password %(oplatency_recorder)s;
alter role oplatency_reader with login password %(oplatency_reader)s;
alter role airflow with login password %(airflow)s;
