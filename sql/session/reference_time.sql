-- What "now" means here.
select oplatency.reference_time() as reference_at;
