-- Refuses what may not be stored as the details of a call: no object, or more than other programs can read back.
create or replace function oplatency.require_object(p_what text, p_content jsonb)
returns void
language plpgsql
immutable
as $$
begin
    if jsonb_typeof(p_content) <> 'object' then
        raise exception 'the % is not a JSON object but %', p_what, jsonb_typeof(p_content)
            using errcode = 'invalid_parameter_value', hint = 'pass an object: {"name": value, ...}';
    end if;
    -- 1e99999 takes seven characters to write and 100,000 digits to read
    if length(p_content::text) > 65536 then
        raise exception 'the % takes % characters as text', p_what, length(p_content::text)
            using errcode = 'invalid_parameter_value', hint = 'keep it below 65536 characters';
    end if;
    if length(p_content::text) > 1000 and p_content::text ~ '([0-9]{250}){4}' then
        raise exception 'the % holds a number of more than a thousand digits', p_what
            using errcode = 'invalid_parameter_value', hint = 'pass such a number as a string';
    end if;
end
$$;
comment on function oplatency.require_object(text, jsonb) is
'Raises 22023 where a value is not a JSON object, longer than 65536 characters, or holds a number of a thousand digits.';
