-- Empties what a measurement filled; names and partitions stay.
truncate
    oplatency.metrics, oplatency.dirty_ranges, oplatency.staged_rows, oplatency.staged_metrics, oplatency.ingest_batches,
    oplatency.quarantined_rows, oplatency.audit_results, bench.file_rows, bench.pggit_metrics
restart identity cascade;
checkpoint;
