-- Whether a batch could have been written in another unit is told by the shortest and longest durations of its operations:
-- only where one of them could, the calls themselves are looked at.
alter table oplatency.staged_groups
add column least_us bigint,
add column most_us bigint;
comment on column oplatency.staged_groups.least_us is 'Shortest duration of them, microseconds.';
comment on column oplatency.staged_groups.most_us is 'Longest duration of them, microseconds.';
