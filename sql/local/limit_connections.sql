-- Who may enter which database: Airflow's role not the warehouse, the roles of the warehouse not Airflow's records.
-- Re-run: changes nothing.
revoke all on database postgres from public;
revoke all on database oplatency from public;
revoke all on database airflow from public;
grant connect, temporary on database oplatency to oplatency_writer;
grant connect on database oplatency to oplatency_recorder, oplatency_reader;
