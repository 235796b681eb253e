-- The lock goes with the transaction that holds it.
commit;
