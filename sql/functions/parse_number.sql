-- A decimal number, NaN where the text says so, is infinite or beyond double precision, or null where it is not a number.
create or replace function oplatency.parse_number(p_text text)
returns numeric
language sql
immutable
parallel safe
as $$
    select case
        when p_text ~* '^\s*[+-]?(nan|inf|infinity)\s*$' then 'NaN'::numeric
        when length(p_text) > 400 or p_text !~ '^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$' then null
        when p_text ~ '[eE][+-]?[0-9]{4,}' then 'NaN'::numeric
        when abs(p_text::numeric) > 1e308 then 'NaN'::numeric
        else p_text::numeric
    end
$$;
comment on function oplatency.parse_number(text) is
'A decimal number; NaN where the text is not finite or too large; null where it is not a number.';
