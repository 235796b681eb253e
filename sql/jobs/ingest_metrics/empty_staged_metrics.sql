-- Drops all staged calls, and the room that they took; undone if the transaction is.
truncate oplatency.staged_metrics;
