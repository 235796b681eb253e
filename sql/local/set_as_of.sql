-- Makes a stored instant the "now" of every later session's views; a demo must not go stale.
do $$
begin
    execute format('alter database %I set oplatency.as_of = %L', current_database(), current_setting('oplatency.new_as_of'));
end
$$;
