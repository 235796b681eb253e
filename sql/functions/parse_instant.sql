-- An ISO 8601 instant, or null where the text is none. Sessions run in UTC with ISO dates (see database.py); setting that
-- here for each call would cost more than the call. A time without an offset is read in p_assume_tz, or is null.
create or replace function oplatency.parse_instant(p_text text, p_assume_tz text)
returns timestamptz
language plpgsql
stable
as $$
begin
    if p_text !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|z|UTC|[+-]\d{2}(:?\d{2})?)?$' then
        return null;
    end if;
    if p_text !~ '(Z|z|UTC|[+-]\d{2}(:?\d{2})?)$' then
        if p_assume_tz is null then
            return null;
        end if;
        return p_text::timestamp at time zone p_assume_tz;
    end if;
    return p_text::timestamptz;
exception
    when datetime_field_overflow or invalid_datetime_format then
        return null;
end
$$;
comment on function oplatency.parse_instant(text, text) is
'An ISO 8601 instant, or null where the text is none; a time without an offset is read in the given zone, or is null.';
