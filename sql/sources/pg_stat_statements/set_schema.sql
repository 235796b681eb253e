-- Makes the schema of the extension the only one beside pg_catalog in which names are looked up, for this transaction.
select set_config('search_path', format('pg_catalog, %%I, pg_temp', %(schema_name)s::text), true) as search_path;
