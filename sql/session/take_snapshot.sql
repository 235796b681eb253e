-- Every statement of this transaction sees the same facts, whatever is brought in meanwhile. First in its transaction.
set transaction isolation level repeatable read;
