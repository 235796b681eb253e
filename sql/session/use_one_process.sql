-- Lets no statement of this session start workers: other work goes on beside it.
set max_parallel_workers_per_gather = 0;
