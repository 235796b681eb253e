-- Makes the clock the "now" of every later session's views again. Re-run: changes nothing.
do $$
begin
    execute format('alter database %I reset oplatency.as_of', current_database());
end
$$;
