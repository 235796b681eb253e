-- Pushes one table out of shared buffers and returns its file, which the recorder then has the kernel forget.
select pg_relation_filepath('changes') as file
from pg_buffercache_evict_relation('changes');
