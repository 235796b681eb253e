-- The database of the warehouse; run once, outside a transaction.
create database oplatency owner oplatency_owner;
