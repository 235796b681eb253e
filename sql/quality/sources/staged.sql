-- Rows of one run that wait for the audit.
-- Grain: that of the table. Window: one run token. Re-run: reads only.
select * from %(source_table)s
where run_token = %(run_token)s
