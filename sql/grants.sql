-- Who may do what; applied at each deploy. Jobs write rows and make no tables; readers read views; recorders record.
grant usage on schema oplatency to oplatency_writer, oplatency_reader, oplatency_recorder;
grant select, insert, update, delete on all tables in schema oplatency to oplatency_writer;
grant truncate on oplatency.staged_metrics to oplatency_writer;
grant usage on all sequences in schema oplatency to oplatency_writer;
revoke insert, update, delete on oplatency.schema_migrations from oplatency_writer;
revoke update, delete on oplatency.operation_changes, oplatency.configuration_uses from oplatency_writer;
revoke all on all functions in schema oplatency from public;
grant execute on function oplatency.reference_time() to oplatency_writer, oplatency_reader, oplatency_recorder;
grant execute on function oplatency.finding_id(text[]) to oplatency_writer, oplatency_reader;
grant execute on function oplatency.parse_instant(text, text) to oplatency_writer;
grant execute on function oplatency.parse_json(text) to oplatency_writer;
grant execute on function oplatency.parse_number(text) to oplatency_writer;
grant execute on function oplatency.hash64(text) to oplatency_writer;
grant execute on function oplatency.canonical_call(
    text, timestamptz, bigint, text, text, text, bigint, bigint, bigint, jsonb, jsonb
) to oplatency_writer;
grant execute on function oplatency.ensure_metric_partitions(date, date) to oplatency_writer;
grant execute on function oplatency.drop_metric_partitions(date, boolean) to oplatency_writer;
grant execute on function oplatency.analyze_metrics() to oplatency_writer;
grant execute on function oplatency.record_performance_metric(
    text, bigint, text, text, text, text, bigint, bigint, bigint, jsonb, jsonb
) to oplatency_recorder;
grant execute on function oplatency.start_performance_trace(text, text, text, text, text, text, text, text, jsonb)
to oplatency_recorder;
grant execute on function oplatency.end_performance_trace(text, text, text, text, jsonb) to oplatency_recorder;
grant execute on function oplatency.record_merge_performance(
    text, text, bigint, bigint, bigint, bigint, integer, integer, integer, text, jsonb, text
) to oplatency_recorder;
do $$
declare
    view_name text;
begin
    for view_name in select c.relname from pg_catalog.pg_class as c
        where c.relnamespace = 'oplatency'::regnamespace and c.relkind = 'v'
    loop
        execute format('grant select on oplatency.%I to oplatency_reader', view_name);
    end loop;
end
$$;
