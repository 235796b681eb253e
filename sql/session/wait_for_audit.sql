-- Lets this transaction be idle for as long as an audit beside it takes, whose own statements have their time limits.
set local idle_in_transaction_session_timeout = 0;
