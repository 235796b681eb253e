"""Which files of the landing folder are still to be ingested."""

from __future__ import annotations

from upath import UPath

from oplatency.sources.files.inputs import InputFile, find_inputs
from oplatency.warehouse.database import connect, row


def is_already_ingested(url: str, file: InputFile, *, source: str) -> bool:
    """Return whether these bytes of a source are facts already, or were refused as a whole."""
    with connect(url, purpose="landing") as connection:
        found = row(
            connection, "jobs/ingest_metrics/find_ingested", {"source": source, "content_hash": file.content_hash}
        )
    return bool(found["is_already_ingested"])


def find_landed(url: str, landing: UPath) -> list[tuple[str, InputFile]]:
    """Return the files of a landing folder that are not settled, with their source: the folder they lie in."""
    return [
        (folder.name, file)
        for folder in sorted(landing.iterdir() if landing.is_dir() else [])
        if folder.is_dir()
        for file in find_inputs([folder])
        if not is_already_ingested(url, file, source=folder.name)
    ]
