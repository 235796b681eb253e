"""Input files, on disk or in an object store: hashed while inspected, checked for changes under our hands."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from upath import UPath

from oplatency.errors import InputError, OplatencyError
from oplatency.settings import SourceSettings
from oplatency.sources.declaration import FILE_NAME, is_polled
from oplatency.sources.registry import FILES, recognize

_HEAD_BYTES = 4096
_GZIP = b"\x1f\x8b"
_GZIP_RATIO_LIMIT = 200
_GZIP_ALWAYS_ALLOWED = 64 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_HIDDEN = (".", "_")  # a leading underscore is how programs mark what is no data: _SUCCESS, _metadata
_STAMPS = ("ETag", "etag", "md5", "generation", "mtime", "LastModified", "last_modified", "updated", "created")
"""What stores call that which changes with the content; each has some of these."""


@dataclass(frozen=True)
class InputFile:
    """A regular file, or an object of a store, that can be read.

    Attributes
    ----------
    path : UPath
        Where it is; may hold credentials: show `label`.
    size : int
        Bytes as stored.
    content_hash : bytes
        SHA-256 of the bytes as stored.
    stamp : tuple of str
        What shows that the file changed: size, times and inode, or their equivalents in the object store.
    head : bytes
        Its first bytes, as stored.
    """

    path: UPath
    size: int
    content_hash: bytes
    stamp: tuple[str, ...]
    head: bytes

    @property
    def label(self) -> str:
        """The path as it may be shown: without credentials."""
        return without_credentials(str(self.path))

    @property
    def folder(self) -> str:
        """Name of the folder it lies in, links followed; at the top of a store, of the bucket or host."""
        if isinstance(self.path, Path):
            return self.path.resolve().parent.name
        parts = [part for part in self.path.path.split("/") if part]
        return parts[-2].rpartition("@")[2] if len(parts) > 1 else self.path.protocol

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file, unpacking gzip; on leaving, check that it is still the file that was hashed.

        Raises
        ------
        InputError
            If it was changed while it was read, cannot be read to its end, or is no whole gzip file.
        """
        with _file_errors(self.path), self.path.open("rb") as raw:
            stream: BinaryIO = raw
            if self.path.suffix == ".gz" or self.head.startswith(_GZIP):
                limit = max(_GZIP_ALWAYS_ALLOWED, self.size * _GZIP_RATIO_LIMIT)
                stream = cast(BinaryIO, _Unpacked(raw, limit))
            try:
                if isinstance(stream, _Unpacked):
                    stream.require_packed_once(self.label)
                yield stream
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                is_packed = self.head.startswith(_GZIP)
                raise InputError(
                    "The gzip file is damaged or cut off.",
                    where=f"{self.label}: {error}",
                    remedy="write it again; gzip -t shows whether it is complete"
                    if is_packed
                    else "it does not begin as gzip does: if it is not packed, name it without .gz",
                ) from error
            if {_stamp(self.path, raw), _stamp(self.path)} != {self.stamp}:
                raise InputError(
                    "The file was changed while it was read; nothing was kept.",
                    where=self.label,
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
            raise InputError(
                f"The gzip file unpacks to more than {_GZIP_RATIO_LIMIT} times its size.",
                remedy="look at what it holds; if that is what it should hold, ingest it unpacked",
            )
        return block

    def require_packed_once(self, label: str) -> None:
        if self.peek(len(_GZIP)).startswith(_GZIP):
            raise InputError(
                "The gzip file holds another gzip file.",
                where=label,
                remedy="pack it only once: gunzip takes one of the two away",
            )

    def read(self, size: int | None = -1) -> bytes:
        return self._count(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        return self._count(super().read1(size))

    def readline(self, size: int | None = -1) -> bytes:
        return self._count(super().readline(-1 if size is None else size))


def locate(path: str | Path | UPath) -> UPath:
    """Return a path on disk, or in the object store that a URL names.

    Raises
    ------
    OplatencyError
        If the URL is of no kind that is known, or the package that reads its kind is not installed.
    """
    where = without_credentials(str(path))
    try:
        found = UPath(path)
        if found.protocol in {"file", "local"}:
            return UPath(found.path)
        if not isinstance(found, Path):
            _ = found.fs
    except ImportError as error:
        kind = re.split("::|://", where)[0]
        raise OplatencyError(
            f"Files of {kind}:// cannot be read: a package is missing. {error}.",
            where=where,
            remedy="install the package that is named; docs/ingest.md lists those of the usual stores",
        ) from error
    except ValueError as error:
        raise InputError(
            f"The path is of a kind that is not known: {without_credentials(str(error))}.",
            where=where,
            remedy="give a path, or a URL such as s3://bucket/folder/calls.parquet",
        ) from error
    return found


def without_credentials(url: str) -> str:
    """Return a URL, or a text that holds one, without user, password and the signature of a web address."""
    shown = re.sub(r"(?<=://)[^/\s]*@", "***@", url)
    return re.sub(r"(https?://[^\s?]*\?)\S*", r"\1***", shown)


def find_inputs(paths: Iterable[str | Path | UPath]) -> list[InputFile]:
    """Return the files that the paths and URLs name.

    A folder stands for its own files, sorted by name, not for those of its folders: they are sources of their own. Left
    out are its declaration and files whose name begins with a dot or an underscore.

    Raises
    ------
    InputError
        If a path does not exist or cannot be read.
    OplatencyError
        If the package that reads a kind of URL is not installed.
    """
    inputs = []
    for path in map(locate, paths):
        with _file_errors(path, whatever=True):
            children = _children(path) if path.is_dir() else [path]
        inputs += [inspect(child) for child in children]
    return inputs


def inspect(path: str | Path | UPath) -> InputFile:
    """Hash a file and note what shows that it has changed.

    Raises
    ------
    InputError
        If it does not exist, is no regular file, or cannot be read.
    OplatencyError
        If the package that reads this kind of URL is not installed.
    """
    located = locate(path)
    with _file_errors(located, whatever=True):
        # opening a pipe would wait for its other end
        if located.exists() and not located.is_file():
            raise InputError(
                "The input is not a regular file.",
                where=without_credentials(str(path)),
                remedy="give a file or a folder of files; write what comes through a pipe to a file first",
            )
        with located.open("rb") as raw:
            stamp = _stamp(located, raw)
            digest, size, head = hashlib.sha256(), 0, b""
            while block := raw.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
                head += block[: _HEAD_BYTES - len(head)]
    return InputFile(located, size, digest.digest(), stamp, head)


def detect_format(path: str | Path | UPath, settings: SourceSettings, head: bytes = b"") -> str:
    """Return the format of a file: the one the source declares, else by its name, else by its first bytes.

    Raises
    ------
    InputError
        If none of them identifies it, or the source takes no files.
    """
    if is_polled(settings):
        raise InputError(
            f"The source is declared as {settings.format}: it is polled and takes no files.",
            where=str(path),
            remedy="put files into a folder of their own, which is another source",
        )
    if settings.format != "auto":
        return settings.format
    name = PurePosixPath(str(path).partition("?")[0] if "://" in str(path) else str(path))
    name = name.with_suffix("") if name.suffix == ".gz" else name
    found = recognize(name, head, _unpacked_head(head))
    if found is not None:
        return found
    endings = dict.fromkeys(ending for each in FILES.values() for ending in each.endings)
    raise InputError(
        "The format of the file cannot be recognised from its name.",
        where=without_credentials(str(path)),
        remedy=f"name it with one of {', '.join(endings)}, or give --format ({', '.join(FILES)})",
    )


def _unpacked_head(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD_BYTES) if head.startswith(_GZIP) else head
    except zlib.error:
        return b""


def _children(folder: UPath) -> list[UPath]:
    if isinstance(folder, Path):
        files = [child for child in folder.iterdir() if child.is_file()]
    else:
        # one question for all of them, not one for each
        entries = folder.fs.ls(folder.path, detail=True)
        files = [folder / PurePosixPath(entry["name"]).name for entry in entries if entry["type"] == "file"]
        files = [file for file in files if file.name and file.name != folder.name]
    return sorted(file for file in files if not file.name.startswith(_HIDDEN) and file.name != FILE_NAME)


@contextmanager
def _file_errors(path: UPath, *, whatever: bool = False) -> Iterator[None]:
    """Turn what the disk or the store says into an error that names the file and no credentials.

    Drivers of stores raise errors of their own too; `whatever` is for blocks in which nothing else can fail.
    """
    where = without_credentials(str(path))
    try:
        yield
    except OplatencyError:
        raise
    except FileNotFoundError as error:
        raise InputError("The input file does not exist.", where=where, remedy="check the path") from error
    except OSError as error:
        reason = error.strerror or without_credentials(str(error)) or type(error).__name__
        raise InputError(
            f"The input file cannot be read: {reason}.", where=where, remedy="check its owner and permissions"
        ) from error
    except Exception as error:
        if isinstance(path, Path) or not whatever:
            raise
        reason = f"{type(error).__name__}: {without_credentials(str(error))}"
        raise InputError(
            f"The store cannot be read: {reason}.", where=where, remedy="check its address and your credentials"
        ) from error


def _stamp(path: UPath, raw: BinaryIO | None = None) -> tuple[str, ...]:
    """Return what changes with the content: of the open file where it is on disk and open, else of the path."""
    if isinstance(path, Path):
        status = path.stat() if raw is None else os.fstat(raw.fileno())
        return tuple(map(str, (status.st_size, status.st_mtime_ns, status.st_ino)))
    path.fs.invalidate_cache(path.path)
    info = path.fs.info(path.path)
    return (str(info.get("size")), path.fs.ukey(path.path), *(str(info.get(name)) for name in _STAMPS))
