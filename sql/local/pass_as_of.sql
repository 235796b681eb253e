-- Hands an instant to set_as_of.sql, within the transaction.
select set_config('oplatency.new_as_of', %(as_of)s, true) as as_of;
