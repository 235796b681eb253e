"""Input files: found, told apart, unpacked, and caught when they change."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from oplatency.errors import InputError
from oplatency.settings import SourceSettings
from oplatency.sources.files import detect_format, find_inputs, inspect


def write(path: Path, content: bytes = b"operation\n") -> Path:
    path.write_bytes(content)
    return path


def contents(path: Path) -> bytes:
    with inspect(path).open() as stream:
        return stream.read()


def test_a_folder_stands_for_its_files_in_order_of_name_without_hidden_ones_and_its_declaration(tmp_path):
    for name in ("b.csv", "a.csv", ".c.csv.part", "source.toml"):
        write(tmp_path / name)
    (tmp_path / "done").mkdir()

    assert [file.path.name for file in find_inputs([tmp_path])] == ["a.csv", "b.csv"]


def test_F15_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputError, match="does not exist") as caught:
        find_inputs([tmp_path / "calls.csv"])

    assert caught.value.where == str(tmp_path / "calls.csv")


def test_F15_a_directory_is_no_file(tmp_path):
    with pytest.raises(InputError, match="not a regular file"):
        inspect(tmp_path)


def test_F15_a_pipe_is_refused_without_waiting_for_its_other_end(tmp_path):
    os.mkfifo(tmp_path / "calls.csv")

    with pytest.raises(InputError, match="not a regular file"):
        inspect(tmp_path / "calls.csv")


def test_F15_an_unreadable_file_is_an_error_that_says_why(tmp_path):
    path = write(tmp_path / "calls.csv")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything but what is not there
        path.unlink()
        path.symlink_to(path)

    with pytest.raises(InputError, match=r"cannot be read: (Permission denied|Too many levels of symbolic links)"):
        inspect(path)


def test_F16_a_file_that_grows_while_it_is_read_is_an_error(tmp_path):
    path = write(tmp_path / "calls.csv")

    with pytest.raises(InputError, match="was changed while it was read"), inspect(path).open():
        path.write_bytes(b"operation\ncommit\n")


def test_F16_a_file_that_is_replaced_while_it_is_read_is_an_error(tmp_path):
    path = write(tmp_path / "calls.csv")

    with pytest.raises(InputError, match="was changed while it was read"), inspect(path).open():
        write(tmp_path / "other.csv").replace(path)


def test_a_gzip_file_is_unpacked_and_named_by_the_bytes_on_disk(tmp_path):
    packed = write(tmp_path / "calls.csv.gz", gzip.compress(b"operation\n"))

    assert contents(packed) == b"operation\n"
    assert inspect(packed).size == packed.stat().st_size


@pytest.mark.parametrize("damage", ["cut", "flipped", "no gzip at all"])
def test_F17_a_damaged_gzip_file_is_an_error_that_names_it(tmp_path, damage: str):
    octets = bytearray(gzip.compress(os.urandom(10_000)))
    if damage == "cut":
        octets = octets[:5000]
    elif damage == "flipped":
        octets[5000] ^= 0xFF
    else:
        octets = bytearray(b"operation\n")
    path = write(tmp_path / "calls.csv.gz", bytes(octets))

    with pytest.raises(InputError, match="damaged or cut off") as caught:
        contents(path)

    assert caught.value.where.startswith(str(path))


def test_F17_a_gzip_file_that_unpacks_without_bounds_is_stopped(tmp_path):
    path = write(tmp_path / "calls.csv.gz", gzip.compress((b"x" * 999_999 + b"\n") * 80, 1))

    with pytest.raises(InputError, match="more than 200 times"), inspect(path).open() as stream:
        for _ in stream:
            pass


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("calls.csv", "csv"),
        ("calls.csv.gz", "csv"),
        ("x.log", "pgbench"),
        ("pgbench_log.123.1", "pgbench"),
        ("pgbench_log.gz", "pgbench"),
    ],
)
def test_the_name_of_a_file_tells_its_format(name: str, told: str):
    assert detect_format(Path(name), SourceSettings()) == told


def test_the_format_that_a_source_declares_wins_over_the_name():
    assert detect_format(Path("x.csv"), SourceSettings(format="pgbench")) == "pgbench"


def test_a_name_that_tells_no_format_is_an_error_that_names_the_choices():
    with pytest.raises(InputError, match="cannot be told") as caught:
        detect_format(Path("calls.txt"), SourceSettings())

    assert "--format (csv, pgbench)" in caught.value.remedy
