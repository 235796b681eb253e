"""Input files: found, told apart, unpacked, and caught when they change."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from oplatency.errors import InputError, OplatencyError
from oplatency.settings import SourceSettings
from oplatency.sources.files.inputs import detect_format, find_inputs, inspect, locate, without_credentials


@pytest.fixture
def store(request) -> Iterator[UPath]:
    """Return an empty folder of an object store."""
    folder = UPath(f"memory://{request.node.nodeid.rpartition('::')[2].partition('[')[0]}/app")
    yield folder
    if folder.parent.exists():
        folder.fs.rm(folder.parent.path, recursive=True)


def write(path: Any, content: bytes = b"operation\n") -> Any:
    path.write_bytes(content)
    return path


def contents(path: Path | UPath | str) -> bytes:
    with inspect(path).open() as stream:
        return stream.read()


def test_a_folder_stands_for_its_files_in_order_of_name_without_hidden_ones_and_its_declaration(tmp_path):
    for name in ("b.csv", "a.csv", ".c.csv.part", "_SUCCESS", "source.toml"):
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

    with pytest.raises(InputError, match="not a regular file") as caught:
        inspect(tmp_path / "calls.csv")

    assert "to a file first" in caught.value.remedy


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
    assert ("without .gz" if damage == "no gzip at all" else "gzip -t") in caught.value.remedy


@pytest.mark.parametrize("name", ["calls.csv.gz", "calls.jsonl", "calls.parquet.gz"])
def test_F17_gzip_inside_gzip_is_an_error_that_says_so(tmp_path, name: str):
    path = write(tmp_path / name, gzip.compress(gzip.compress(b"operation\n")))

    with pytest.raises(InputError, match="holds another gzip file") as caught:
        contents(path)

    assert caught.value.where == str(path)
    assert "gunzip" in caught.value.remedy


def test_F17_a_gzip_file_that_unpacks_without_bounds_is_stopped(tmp_path):
    path = write(tmp_path / "calls.csv.gz", gzip.compress((b"x" * 999_999 + b"\n") * 80, 1))

    with pytest.raises(InputError, match="more than 200 times") as caught, inspect(path).open() as stream:
        for _ in stream:
            pass

    assert "unpacked" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("calls.csv", "csv"),
        ("calls.csv.gz", "csv"),
        ("x.log", "pgbench"),
        ("pgbench_log.123.1", "pgbench"),
        ("pgbench_log.gz", "pgbench"),
        ("calls.parquet", "parquet"),
        ("calls.pq", "parquet"),
        ("calls.parquet.gz", "parquet"),
        ("https://host/calls.parquet?sig=a.csv", "parquet"),
    ],
)
def test_the_name_of_a_file_tells_its_format(name: str, told: str):
    assert detect_format(name, SourceSettings()) == told


def test_the_format_that_a_source_declares_wins_over_the_name():
    assert detect_format(Path("x.csv"), SourceSettings(format="pgbench")) == "pgbench"


def test_a_name_that_tells_no_format_is_made_up_for_by_the_first_bytes_of_parquet():
    assert detect_format("memory://bucket/part-0", SourceSettings(), b"PAR1") == "parquet"


def test_a_name_that_tells_no_format_is_an_error_that_names_the_choices():
    with pytest.raises(InputError, match="cannot be recognised from its name") as caught:
        detect_format(Path("calls.txt"), SourceSettings())

    assert "--format (csv, jsonl, otlp, parquet, pgbench)" in caught.value.remedy


def test_an_object_of_a_store_is_hashed_and_read_by_its_url(store):
    write(store / "calls.csv", b"operation\ncommit\n")

    file = inspect(f"{store}/calls.csv")

    assert contents(f"{store}/calls.csv") == b"operation\ncommit\n"
    assert (file.size, file.head, file.folder) == (17, b"operation\ncommit\n", "app")
    assert file.content_hash == hashlib.sha256(b"operation\ncommit\n").digest()
    assert file.label == f"{store}/calls.csv"


def test_a_folder_of_a_store_stands_for_its_objects_as_one_on_disk_does(store):
    for name in ("b.csv", "a.csv", ".c.csv.part", "_SUCCESS", "source.toml", "done/d.csv"):
        write(store / name)

    assert [file.label for file in find_inputs([str(store)])] == [f"{store}/a.csv", f"{store}/b.csv"]


def test_a_url_of_a_file_on_disk_is_that_file(tmp_path):
    write(tmp_path / "calls.csv")

    assert inspect(f"file://{tmp_path}/calls.csv").path == tmp_path / "calls.csv"


def test_F15_an_object_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(InputError, match="does not exist") as caught:
        find_inputs(["memory://nowhere/calls.csv"])

    assert caught.value.where == "memory://nowhere/calls.csv"


def test_F15_a_folder_of_a_store_is_no_file(store):
    write(store / "calls.csv")

    with pytest.raises(InputError, match="not a regular file"):
        inspect(store)


def test_F15_a_store_whose_driver_is_missing_is_an_error_that_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)

    with pytest.raises(OplatencyError, match="Install s3fs") as caught:
        find_inputs(["s3://key:secret@bucket/calls.csv"])

    assert caught.value.where == "s3://***@bucket/calls.csv"
    assert "secret" not in str(caught.value)


def test_F15_a_url_of_an_unknown_kind_is_an_error():
    with pytest.raises(InputError, match="kind that is not known"):
        locate("nothing://bucket/calls.csv")


def test_F15_what_a_driver_says_names_the_file_and_no_password(store, monkeypatch):
    write(store / "calls.csv")

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no answer from https://ada:pw@host/calls.csv?signature=pw")

    monkeypatch.setattr(type(store.fs), "open", fail)
    with pytest.raises(InputError, match="store cannot be read: RuntimeError: no answer") as caught:
        inspect(store / "calls.csv")

    assert caught.value.where == f"{store}/calls.csv"
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("change", ["grown", "replaced", "gone"])
def test_F16_an_object_that_changes_while_it_is_read_is_an_error(store, change: str):
    write(store / "calls.csv")
    said = "does not exist" if change == "gone" else "was changed while it was read"

    def make(change: str) -> None:
        if change == "gone":
            (store / "calls.csv").unlink()
        else:
            write(store / "calls.csv", b"operation\nx\n" if change == "grown" else b"operatiom\n")

    with pytest.raises(InputError, match=said) as caught, inspect(store / "calls.csv").open():
        make(change)

    assert caught.value.where == f"{store}/calls.csv"


def test_F17_gzip_in_a_store_is_unpacked_within_bounds(store):
    write(store / "calls.csv.gz", gzip.compress(b"operation\n"))
    write(store / "bomb.csv.gz", gzip.compress((b"x" * 999_999 + b"\n") * 80, 1))

    assert contents(store / "calls.csv.gz") == b"operation\n"
    with pytest.raises(InputError, match="more than 200 times"), inspect(store / "bomb.csv.gz").open() as stream:
        for _ in stream:
            pass


def test_gzip_is_known_by_its_first_bytes_where_the_name_does_not_tell(tmp_path):
    assert contents(write(tmp_path / "calls.csv", gzip.compress(b"operation\n"))) == b"operation\n"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://bucket/folder/a@b.csv", "s3://bucket/folder/a@b.csv"),
        ("sftp://ada:p@ss@host/calls.csv", "sftp://***@host/calls.csv"),
        ("https://ada:pw@host/calls.csv?X-Amz-Signature=pw", "https://***@host/calls.csv?***"),
        ("simplecache::https://host/calls.csv?sig=pw", "simplecache::https://host/calls.csv?***"),
        ("/landing/who?/a@b.csv", "/landing/who?/a@b.csv"),
    ],
)
def test_F128_credentials_in_a_url_are_not_shown(url: str, shown: str):
    assert without_credentials(url) == shown
