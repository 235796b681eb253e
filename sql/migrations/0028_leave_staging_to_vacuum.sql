-- Each 32 new pages of staging asked for a worker to summarise them, and each request beyond the 256 that can wait was
-- written to the server's log: a file of a million calls left two thousand lines. Staging is emptied before a worker
-- comes; what stays is summarised by the next vacuum.
drop index oplatency.staged_rows_run_token_ix;
drop index oplatency.staged_metrics_run_token_ix;
create index staged_rows_run_token_ix on oplatency.staged_rows using brin (run_token) with (pages_per_range = 32);
create index staged_metrics_run_token_ix on oplatency.staged_metrics using brin (run_token) with (pages_per_range = 32);
