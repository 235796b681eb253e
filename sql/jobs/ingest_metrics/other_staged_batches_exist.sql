-- Whether another attempt has staged calls.
select exists(select 1 from oplatency.staged_statistics where run_token <> %(run_token)s) as any_other;
