"""Files of labels: what can be used is used, what cannot is named with its line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from oplatency.backtesting.labels import LabelFile, read_labels
from oplatency.backtesting.scoring import Label
from oplatency.errors import InputError
from oplatency.warehouse.catalogue import Operation

OPERATIONS = {
    1: Operation(1, "commit", "WRITE", "basic", True, 2.0),
    2: Operation(2, "internal", "WRITE", "basic", False, 2.0),
}
HEAD = "operation,from,to\n"
GOOD = "commit,2026-03-10T09:00:00Z,2026-03-10T11:00:00+01:00\n"


def read(text: str | bytes) -> list[Label]:
    content = text.encode() if isinstance(text, str) else text
    return read_labels(LabelFile("labels.csv", content), OPERATIONS)


def test_labels_are_read_in_any_order_of_columns_with_others_beside_them():
    text = '\ufeffnote,To , from,operation\r\n"a, b",2026-03-11,2026-03-10T22:00:00-01:00,commit\r\n\r\n'
    assert read(text) == [Label(1, datetime(2026, 3, 10, 23, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))]
    assert read(HEAD) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the labels have no column operation, from, to"),
        ("operation,start,end\n" + GOOD, "line 1: the labels have no column from, to"),
        (HEAD + GOOD + "comit,2026-03-10,2026-03-11\n", "line 3: there is no operation 'comit'"),
        (HEAD + "internal,2026-03-10,2026-03-11\n", "line 2: operation 'internal' is not tracked"),
        (HEAD + "commit,2026-03-10T09:00:00,2026-03-11\n", "line 2: from has no offset from UTC"),
        (HEAD + "\n" + "commit,2026-03-10T09:00Z,noon\n", "line 3: to is not a valid timestamp: 'noon'"),
        (HEAD + "commit,2026-03-11,2026-03-11\n", "line 2: to 2026-03-11 is not after from 2026-03-11"),
        (HEAD + "commit,2026-03-11,2026-03-10\n", "line 2: to 2026-03-10 is not after"),
        (HEAD + "commit,2026-03-11\n", "line 2: no to"),
        (HEAD + "commit,0001-01-01T00:00:00+05:00,2026-03-11\n", "line 2: "),
        (HEAD.encode() + GOOD.encode() + b"commit\xff,2026-03-10,2026-03-11\n", "line 3: the labels are not UTF-8"),
        (HEAD + '"commit"x,2026-03-10,2026-03-11\n', "no CSV"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "bytes",
)
def test_what_cannot_be_used_is_named_with_its_line(text: str | bytes, told: str):
    with pytest.raises(InputError) as caught:
        read(text)
    assert told in caught.value.message
    assert caught.value.where == "labels.csv"


def test_of_many_wrong_lines_ten_are_named_and_the_rest_counted():
    with pytest.raises(InputError) as caught:
        read(HEAD + GOOD + "nobody,2026-03-10,2026-03-11\n" * 12)
    assert caught.value.message.startswith("12 labels cannot be used: line 3: ")
    assert "and 2 more lines" in caught.value.message
    assert "line 13" not in caught.value.message


def test_a_file_that_is_not_there_is_an_error_of_the_input(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        LabelFile.read(tmp_path / "none.csv")
