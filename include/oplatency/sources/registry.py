"""Every source, once: the formats of files, and the kinds of source that are polled.

A new one is its module and its line here; settings, recognition of files, the command line, the gate and polling look
here. Modules are imported when they are first used: Arrow alone takes longer than many a command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from oplatency.sources.contract import Reader
from oplatency.sources.polled.contract import AggregateSource, PolledSource


@dataclass(frozen=True)
class FileFormat:
    """A format of files.

    Attributes
    ----------
    read : Reader
        Takes the bytes, unpacked, and the settings of the source; yields the rows.
    endings : tuple of str
        What names of such files end in, before ``.gz``.
    beginnings : tuple of str
        What names of such files begin with, whatever they end in.
    recognizes : callable, optional
        Takes the first bytes, unpacked, and returns whether they are this format, where others share its endings.
    magic : bytes, optional
        First bytes of files whose names say nothing.
    unit_is_written : bool
        Whether whoever writes a file chooses the unit of durations, and so can get it wrong.
    """

    read: Reader
    endings: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    recognizes: Callable[[bytes], bool] | None = None
    magic: bytes | None = None
    unit_is_written: bool = False


def _in(module: str, name: str = "read") -> Callable[..., Any]:
    """Return a function of a module of this package, which is imported when the function is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"oplatency.sources.{module}"), name)(*arguments)

    return call


def _source(module: str) -> Callable[[], Any]:
    """Return what returns the ``SOURCE`` of a module of this package, which is imported by then."""
    return lambda: import_module(f"oplatency.sources.{module}").SOURCE


FILES: dict[str, FileFormat] = {
    "csv": FileFormat(_in("files.csv_file"), (".csv",), unit_is_written=True),
    "jsonl": FileFormat(_in("files.json_lines"), (".jsonl", ".ndjson", ".json"), unit_is_written=True),
    "otlp": FileFormat(_in("files.otlp"), (".jsonl", ".ndjson", ".json"), recognizes=_in("files.otlp", "is_otlp")),
    "parquet": FileFormat(_in("files.parquet"), (".parquet", ".pq"), magic=b"PAR1", unit_is_written=True),
    "pgbench": FileFormat(_in("files.pgbench_log"), (".log",), beginnings=("pgbench_log",)),
}

POLLED: dict[str, Callable[[], PolledSource | AggregateSource]] = {
    "airflow": _source("polled.airflow_tasks"),
    "pg_stat_statements": _source("polled.pg_stat_statements"),
    "pggit": _source("polled.pggit"),
}


def formats() -> tuple[str, ...]:
    """Return what the ``format`` of a source may be; ``auto`` goes by the names of its files."""
    return ("auto", *FILES, *POLLED)


def recognize(path: PurePosixPath, head: bytes, unpacked: bytes) -> str | None:
    """Return the format of a file by its name without ``.gz``, else by its first bytes, or None.

    Parameters
    ----------
    head, unpacked : bytes
        The first bytes as stored, and what they unpack to.
    """
    named = [name for name, each in FILES.items() if path.name.startswith(each.beginnings)]
    named = named or [name for name, each in FILES.items() if path.suffix in each.endings]
    matching = [name for name in named if (each := FILES[name].recognizes) and each(unpacked)]
    matching = matching or [name for name in named if FILES[name].recognizes is None]
    if not named:
        matching = [name for name, each in FILES.items() if each.magic and head.startswith(each.magic)]
    return matching[0] if matching else None
