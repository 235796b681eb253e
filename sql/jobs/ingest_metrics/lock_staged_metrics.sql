-- Holds the staged calls for this transaction alone; fails at once where anybody else uses them.
lock table oplatency.staged_metrics in access exclusive mode nowait;
