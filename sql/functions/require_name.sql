-- Refuses what may not be the name of anything: the rules of the ingest gate, for callers of the recording functions.
create or replace function oplatency.require_name(p_what text, p_name text)
returns void
language plpgsql
immutable
as $$
begin
    if p_name is null or p_name !~ '\S' then
        raise exception 'the % is blank', p_what
            using errcode = 'invalid_parameter_value', hint = 'give it a name of 1 to 200 characters';
    end if;
    if length(p_name) > 200 then
        raise exception 'the % has % characters: %...', p_what, length(p_name), left(p_name, 50)
            using errcode = 'invalid_parameter_value', hint = 'give it a name of 1 to 200 characters';
    end if;
    if p_name ~ '[\x01-\x1f\x7f-\x9f]' then
        raise exception 'the % holds a control character: %', p_what,
            regexp_replace(p_name, '[\x01-\x1f\x7f-\x9f]', '?', 'g')
            using errcode = 'invalid_parameter_value', hint = 'take tabs, line ends and the like out of it';
    end if;
    if p_name in ('(all)', '(unknown)') then
        raise exception 'the % may not be called %', p_what, p_name
            using errcode = 'invalid_parameter_value', hint = 'the name is reserved; pass null where it is not known';
    end if;
end
$$;
comment on function oplatency.require_name(text, text) is
'Raises 22023 where a name is blank, longer than 200 characters, reserved, or holds a control character.';
