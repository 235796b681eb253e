-- The key of an operation; a new name joins the catalogue as UNKNOWN. The ceiling keeps a caller that puts identifiers
-- into names from filling it.
create or replace function oplatency.admit_operation(p_name text)
returns integer
language plpgsql
as $$
declare
    found_id integer;
begin
    select operations.operation_id into found_id
    from oplatency.operation_types as operations
    where operations.name = p_name;
    if found then
        return found_id;
    end if;
    perform oplatency.require_name('operation', p_name);
    if (select count(*) from oplatency.operation_types as known where known.area = 'recorder') >= 1000 then
        raise exception 'the operation % is new, and recording has brought 1000 new operations already', p_name
            using errcode = 'program_limit_exceeded',
            hint = 'keep what varies out of the name and put it into p_operation_name or the metadata';
    end if;
    insert into oplatency.operation_types (name, category, area, origin)
    values (p_name, 'UNKNOWN', 'recorder', 'ingest')
    on conflict (name) do nothing;
    select operations.operation_id into strict found_id
    from oplatency.operation_types as operations
    where operations.name = p_name;
    return found_id;
end
$$;
comment on function oplatency.admit_operation(text) is
'Key of an operation by name; a new one is admitted with category UNKNOWN, up to a thousand.';
