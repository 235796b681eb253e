-- What operations that slow together may share: in words, and what to look at first. Rows elsewhere store the id.
-- Grain: one row per likely cause.
-- Window: none.
-- Re-run: replaced at each deploy, so that a sentence can be reworded freely.
create or replace view oplatency.bottlenecks as
select
    causes.bottleneck,
    causes.title,
    causes.recommendation
from (
    values
    (
        'transaction_log_saturation',
        'transaction log saturation',
        'Look at write-ahead log volume and checkpoints; spread large rollbacks out, or move the log to a faster disk.'
    ),
    (
        'merge_pipeline_saturation',
        'merge pipeline saturation',
        'Look at how many merges run at once and at locks on the merged objects; queue merges, or split large ones.'
    ),
    (
        'object_storage_io',
        'object storage I/O',
        'Look at write latency and index upkeep of the object tables; batch small writes, check the disk.'
    ),
    (
        'query_cache_pressure',
        'query cache pressure',
        'Look at the cache hit ratio and at plans that changed; check for missing history indexes, add memory.'
    ),
    (
        'shared_resource_contention',
        'shared resource contention',
        'Look at locks, processor, memory and disk at the onset; compare which tables both operations touch.'
    )
) as causes (bottleneck, title, recommendation);
comment on view oplatency.bottlenecks is 'Likely shared causes, in words; correlations and their groups store the id.';
comment on column oplatency.bottlenecks.bottleneck is 'Id of the cause.';
comment on column oplatency.bottlenecks.title is 'The cause in a few words.';
comment on column oplatency.bottlenecks.recommendation is 'What to look at first.';
