"""The section of docs/sample.md that the recorder writes: what was recorded, when the incidents were."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oplatency.errors import OplatencyError
from oplatency.local.sample import FACTS_NAME, SAMPLE_DIR, Sample, load_sample, read_log, stretched_incidents
from tools.record_sample.judgement import judge

_BEGIN, _END = "<!-- written by the recorder: begin -->", "<!-- written by the recorder: end -->"


def recorder_section(folder: Path = SAMPLE_DIR) -> str:
    """Return the section, with its marks, that describes the recording in a folder.

    Raises
    ------
    InputError
        When the recording cannot be read.
    """
    sample = load_sample(folder)
    facts = json.loads((folder / FACTS_NAME).read_text(encoding="utf-8"))
    machine = facts["machine"]
    parts = [
        _BEGIN,
        f"{sample.n_transactions:,} transactions between {sample.started_at:%Y-%m-%d %H:%M:%S} and "
        f"{sample.ended_at:%H:%M:%S} UTC,\non PostgreSQL {facts['server_version']} and a {machine['system']} "
        f"machine ({machine['architecture']}) with {machine['cores']} cores. Stretched by the factor "
        f"{sample.factor}.",
        incident_table(sample),
        "Median and 99th percentile of each day, in ms, and what the incidents did to the medians:",
        f"```\n{judge(sample, read_log(sample, folder)).table}\n```",
        _END,
    ]
    return "\n\n".join(parts)


def write_section(page: Path, section: str) -> None:
    """Put the section in the place of the one that a page has.

    Raises
    ------
    OplatencyError
        When the page has no place for it.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise OplatencyError(
            "The page has no section for the recorder.",
            where=str(page),
            remedy=f"Put the lines {_BEGIN} and {_END} where it belongs.",
        )
    page.write_text(before + section + after, encoding="utf-8", newline="\n")


def incident_table(sample: Sample) -> str:
    """Return the incidents as a Markdown table, on both clocks."""
    rows = ["| incident | recorded, UTC | replayed, before `as_of` | operations |", "|---|---|---|---|"]
    midnight = datetime(2000, 1, 2, tzinfo=UTC)
    for recorded, stretched in zip(sample.incidents, stretched_incidents(sample, midnight), strict=True):
        ends = (midnight - stretched.began_at, midnight - stretched.ended_at)
        before = " to ".join(
            f"{end // timedelta(hours=1)} h {end // timedelta(minutes=1) % 60:02d} min" for end in ends
        )
        rows.append(
            f"| {recorded.title} (`{recorded.kind}`) "
            f"| {recorded.began_at:%Y-%m-%d %H:%M:%S.%f} to {recorded.ended_at:%H:%M:%S.%f} "
            f"| {before} | {', '.join(f'`{operation}`' for operation in recorded.operations)} |"
        )
    return "\n".join(rows)
