-- Whether a row of an attempt was rejected for the company it came in.
select exists(select 1 from oplatency.staged_rejections where run_token = %(run_token)s) as any_rejected;
