"""
### ingest_metrics

Brings calls in from the landing folder and from polled sources. Each subfolder is a source; a file in it is read once,
recognised by its content. A polled source is read from its watermark on, as it is when the task runs.

**Writes** `metrics`, `quarantined_rows`, `ingest_batches` (one row a file or poll), `dirty_ranges`,
`source_watermarks`. Every row ends as accepted, duplicate or quarantined; the counts of a batch balance. Sources that
know aggregates only (`pg_stat_statements`) write `aggregate_intervals`, `statement_snapshots`, `statement_polls`.

**Parameters.** `path`: one file or folder below the landing folder. `source`: only this source, or the name to record
for `path`. Both empty: everything new.

**On failure:** the log names each file that was refused, with line and column, and each source that did not answer; all
else was ingested. A file that cannot be read as what it claims to be has changed nothing. A batch that failed as a
whole is in quarantine: see `v_quarantine`. Correct the file and put it back; to try the same bytes again, give `path`.
A source that did not answer is polled by the next run, which misses nothing. Clearing any task is safe.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from oplatency.airflow import parameters, schedules, tasks
from oplatency.airflow.defaults import DAG_DEFAULTS, METRICS, Tag


@dag(
    **DAG_DEFAULTS,
    schedule=schedules.EVERY_5_MINUTES,
    doc_md=__doc__,
    tags=[Tag.INGEST, Tag.TIER_1],
    params={
        "source": parameters.text_param("Source", "Name of the source. Empty: every folder of the landing folder."),
        "path": parameters.text_param("Path", "File or folder below the landing folder. Empty: all.", max_length=1000),
    },
)
def ingest_metrics():
    @task
    def stage(**context) -> dict:
        """Read new files and polled sources into staging and apply the row rules."""
        return tasks.stage_new_input(context)

    @task
    def audit(staged: dict) -> list[str]:
        """Check each batch as a whole."""
        return tasks.audit_batches(staged)

    @task(outlets=[METRICS])
    def publish(staged: dict, failed_audits: list[str], *, outlet_events) -> list[dict]:
        """Turn audited calls into facts."""
        return tasks.publish_batches(staged, failed_audits, outlet_events)

    staged = stage()
    publish(staged, audit(staged))


ingest_metrics()
