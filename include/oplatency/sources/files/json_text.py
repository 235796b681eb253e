"""Lines of JSON: each decoded by itself, within a limit of size, or refused with what is wrong with it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from functools import partial
from json import JSONDecodeError
from typing import Any, BinaryIO

from oplatency.sources.contract import RAW_LIMIT, StagedRow, has_bad_encoding, rejected

Decoded = tuple[int, str, Any]
"""Line number, from 1; its text without white space around it; what it stands for."""

_WHITE_SPACE = " \t\r\n"


def decoded_lines(stream: BinaryIO, decode: Callable[[str], Any], *, limit: int) -> Iterator[Decoded | StagedRow]:
    """Yield what each line stands for, or a rejected row; lines of white space are passed over.

    No more than one line of at most `limit` bytes is held in memory.

    Parameters
    ----------
    stream : binary file
        UTF-8, with or without a byte order mark.
    decode : callable
        Takes the text of a line; raises ValueError or RecursionError where it is not JSON.
    limit : int
        Longest line, in bytes.
    """
    for line_no, octets in enumerate(iter(partial(stream.readline, limit + 1), b""), start=1):
        if line_no == 1:
            octets = octets.removeprefix(codecs.BOM_UTF8)
        if len(octets) > limit and not octets.endswith(b"\n"):
            yield _too_long(line_no, octets, limit)
            while octets and not octets.endswith(b"\n"):
                octets = stream.readline(limit)
            continue
        try:
            text = octets.decode().strip(_WHITE_SPACE)
            if text:
                yield line_no, text, decode(text)
        except (ValueError, RecursionError) as error:
            yield _undecodable(line_no, octets, error)


def _too_long(line_no: int, octets: bytes, limit: int) -> StagedRow:
    raw = octets[: 4 * RAW_LIMIT].decode("utf-8", "surrogateescape")[:RAW_LIMIT]
    problem = "encoding" if has_bad_encoding(raw) else "line_too_long"
    return rejected(line_no, raw, problem, f"the line is longer than {limit} bytes")


def _undecodable(line_no: int, octets: bytes, error: Exception) -> StagedRow:
    raw = octets.decode("utf-8", "surrogateescape").rstrip("\r\n")
    cut_off = not octets.endswith(b"\n")
    if has_bad_encoding(raw):
        end = "; it does not end: the file was cut off" if cut_off else ""
        return rejected(line_no, raw, "encoding", f"the line is not valid UTF-8 text or holds a NUL{end}")
    if cut_off:
        return rejected(line_no, raw, "truncated", "the last line does not end: the file was cut off")
    if isinstance(error, RecursionError):
        return rejected(line_no, raw, "malformed_row", "the line is not JSON: it is nested too deeply")
    where = f"{error.msg} at character {error.pos + 1}" if isinstance(error, JSONDecodeError) else str(error)
    return rejected(line_no, raw, "malformed_row", f"the line is not JSON: {where}"[:300])
