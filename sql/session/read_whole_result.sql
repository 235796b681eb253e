-- Let a cursor be planned for all its rows, not for the first tenth of them; until the end of the transaction.
set local cursor_tuple_fraction = 1;
