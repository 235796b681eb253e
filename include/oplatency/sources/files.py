"""Input files: opened once, hashed while read, checked for changes under our hands."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources import csv_file, pgbench_log
from oplatency.sources.contract import Reader
from oplatency.sources.declaration import FILE_NAME

READERS: dict[str, Reader] = {"csv": csv_file.read, "pgbench": pgbench_log.read}
_ENDINGS = {".csv": "csv", ".log": "pgbench"}
_GZIP_RATIO_LIMIT = 200
_GZIP_ALWAYS_ALLOWED = 64 * 1024 * 1024


@dataclass(frozen=True)
class InputFile:
    """A regular file that can be read.

    Attributes
    ----------
    path : Path
        Where it is.
    size : int
        Bytes on disk.
    content_hash : bytes
        SHA-256 of the bytes on disk.
    """

    path: Path
    size: int
    content_hash: bytes
    stamp: tuple[int, int, int]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file, unpacking gzip; on leaving, check that it is still the file that was hashed.

        Raises
        ------
        InputError
            If it was changed while it was read, or is no whole gzip file.
        """
        with self.path.open("rb") as raw:
            stream: BinaryIO = raw
            if self.path.suffix == ".gz":
                limit = max(_GZIP_ALWAYS_ALLOWED, self.size * _GZIP_RATIO_LIMIT)
                stream = cast(BinaryIO, _Unpacked(raw, limit))
            try:
                yield stream
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise InputError("The gzip file is damaged or cut off.", where=f"{self.path}: {error}") from error
            if {_stamp(os.fstat(raw.fileno())), _stamp(self.path.stat())} != {self.stamp}:
                raise InputError(
                    "The file was changed while it was read; nothing was kept.",
                    where=str(self.path),
                    remedy="write the file under another name and rename it when it is whole",
                )


class _Unpacked(gzip.GzipFile):
    """A gzip stream that refuses to unpack without bounds."""

    def __init__(self, raw: IO[bytes], limit: int) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._left = limit

    def _count(self, block: bytes) -> bytes:
        self._left -= len(block)
        if self._left < 0:
            raise InputError(f"The gzip file unpacks to more than {_GZIP_RATIO_LIMIT} times its size.")
        return block

    def read(self, size: int | None = -1) -> bytes:
        return self._count(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._count(super().read1(size))

    def readline(self, size: int | None = -1) -> bytes:
        return self._count(super().readline(-1 if size is None else size))


def find_inputs(paths: Iterable[Path]) -> list[InputFile]:
    """Return the files that the paths name; a folder stands for its files, sorted; hidden ones and its
    declaration are left out.

    Raises
    ------
    InputError
        If a path does not exist or cannot be read.
    """
    inputs = []
    for path in paths:
        if path.is_dir():
            children = sorted(child for child in path.iterdir() if child.is_file())
            inputs += [inspect(child) for child in children if child.name[0] != "." and child.name != FILE_NAME]
        else:
            inputs.append(inspect(path))
    return inputs


def inspect(path: Path) -> InputFile:
    """Hash a file and note its size and times.

    Raises
    ------
    InputError
        If it does not exist, is no regular file, or cannot be read.
    """
    try:
        # opening a pipe would wait for its other end
        if path.exists() and not path.is_file():
            raise InputError("The input is not a regular file.", where=str(path))
        with path.open("rb") as raw:
            stamp = _stamp(os.fstat(raw.fileno()))
            digest = hashlib.file_digest(raw, "sha256").digest()
    except FileNotFoundError as error:
        raise InputError("The input file does not exist.", where=str(path), remedy="check the path") from error
    except OSError as error:
        raise InputError(
            f"The input file cannot be read: {error.strerror}.",
            where=str(path),
            remedy="check its owner and permissions",
        ) from error
    return InputFile(path, stamp[0], digest, stamp)


def detect_format(path: Path, settings: SourceSettings) -> str:
    """Return the format of a file: the one the source declares, else by the name of the file.

    Raises
    ------
    InputError
        If neither tells.
    """
    if settings.format != "auto":
        return settings.format
    name = path.with_suffix("") if path.suffix == ".gz" else path
    if name.name.startswith("pgbench_log"):
        return "pgbench"
    if name.suffix in _ENDINGS:
        return _ENDINGS[name.suffix]
    raise InputError(
        "The format of the file cannot be told from its name.",
        where=str(path),
        remedy=f"name it with one of {', '.join(_ENDINGS)}, or give --format ({', '.join(READERS)})",
    )


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_size, status.st_mtime_ns, status.st_ino)
