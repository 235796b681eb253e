-- An ISO 8601 instant, or null where the text is none. Sessions run in UTC with ISO dates (see database.py); setting that
-- here for each call would cost more than the call. A time without an offset is read in p_assume_tz; it is null where no
-- zone is given, and where a change of clocks made that local time happen twice or never. The leap second :60 is the next.
create or replace function oplatency.parse_instant(p_text text, p_assume_tz text)
returns timestamptz
language plpgsql
stable
as $$
declare
    local_time timestamp;
    found_at timestamptz;
begin
    if p_text !~ '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|z|UTC|[+-]\d{2}(:?\d{2})?)?$' then
        return null;
    end if;
    if substr(p_text, 17, 3) = ':60' then
        return oplatency.parse_instant(overlay(p_text placing ':59' from 17 for 3), p_assume_tz) + interval '1 second';
    end if;
    if p_text ~ '(Z|z|UTC|[+-]\d{2}(:?\d{2})?)$' then
        return p_text::timestamptz;
    end if;
    local_time := p_text::timestamp;
    found_at := local_time at time zone p_assume_tz;
    -- clocks are changed by an hour, on Lord Howe Island by half of one
    if
        found_at at time zone p_assume_tz <> local_time
        or local_time in (
            (found_at - interval '1 hour') at time zone p_assume_tz,
            (found_at + interval '1 hour') at time zone p_assume_tz,
            (found_at - interval '30 minutes') at time zone p_assume_tz,
            (found_at + interval '30 minutes') at time zone p_assume_tz
        )
    then
        return null;
    end if;
    return found_at;
exception
    when datetime_field_overflow or invalid_datetime_format or invalid_time_zone_displacement_value then
        return null;
end
$$;
comment on function oplatency.parse_instant(text, text) is
'An ISO 8601 instant, or null where the text is none; a time without an offset is read in the given zone.';
