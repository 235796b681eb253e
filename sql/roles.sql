-- The four roles, made here where the connected role may make roles, else required to exist.
-- Re-run: changes nothing once they exist.
do $$
declare
    wanted text;
    missing text[] := '{}';
begin
    foreach wanted in array array['oplatency_owner', 'oplatency_writer', 'oplatency_recorder', 'oplatency_reader']
    loop
        if not exists (select from pg_catalog.pg_roles where rolname = wanted) then
            if (select rolcreaterole or rolsuper from pg_catalog.pg_roles where rolname = current_user) then
                execute format('create role %I nologin', wanted);
            else
                missing := missing || wanted;
            end if;
        end if;
    end loop;
    if cardinality(missing) > 0 then
        raise exception 'roles are missing: %', array_to_string(missing, ', ')
            using errcode = 'undefined_object',
            hint = 'create them as a role with CREATEROLE, for example: create role ' || missing[1] || ' login';
    end if;
    if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
        execute format('grant create on database %I to oplatency_owner', current_database());
    end if;
end
$$;
