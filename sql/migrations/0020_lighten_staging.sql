-- Staging is written once, read by run and emptied: a b-tree over it costs more than it saves. Rows of a run lie together.
drop index oplatency.staged_rows_run_token_ix;
drop index oplatency.staged_metrics_run_token_ix;
create index staged_rows_run_token_ix on oplatency.staged_rows using brin (run_token) with (pages_per_range = 32, autosummarize = on);
create index staged_metrics_run_token_ix on oplatency.staged_metrics using brin (run_token)
with (pages_per_range = 32, autosummarize = on);

-- What a run brought, in short: one scan answers which days, hours and names it touches.
create unlogged table oplatency.staged_groups (
    run_token uuid not null,
    operation text,
    hour_at timestamptz,
    branch text,
    user_name text,
    n_calls bigint not null,
    first_row_no bigint not null
);
create index staged_groups_run_token_ix on oplatency.staged_groups (run_token);
comment on table oplatency.staged_groups is
'Staged calls of a run by operation and hour, by branch, and by user: one of the three is given. Unlogged.';
comment on column oplatency.staged_groups.run_token is 'Attempt that staged the calls.';
comment on column oplatency.staged_groups.operation is 'Operation; null = the row is about a branch or user.';
comment on column oplatency.staged_groups.hour_at is 'UTC hour that the calls of the operation start in; null = the row is about a branch or user.';
comment on column oplatency.staged_groups.branch is 'Branch; null = the row is about something else, or calls without a branch.';
comment on column oplatency.staged_groups.user_name is 'User; null = the row is about something else, or calls without a user.';
comment on column oplatency.staged_groups.n_calls is 'Calls.';
comment on column oplatency.staged_groups.first_row_no is 'Position of the first of them among the rows of the input, from 1.';
