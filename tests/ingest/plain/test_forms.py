"""The plainest forms of instants and numbers, against Python's regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oplatency.ingest.plain.forms import is_count, is_day, is_instant, is_microseconds

INSTANT = re.compile(
    r"2[01]\d\d-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)", re.ASCII
)
USUAL = ("2026-03-09T23:59:59Z", "2026-03-09T10:00:00.5Z", "2026-03-09 20:09:08.123456Z", "2026-03-09T10:00:00+01:00")
NEAR = st.sampled_from("0123456789-:.TZ +/;é\x00")


@given(st.sampled_from(USUAL), st.lists(st.tuples(st.integers(0, 26), NEAR), min_size=1, max_size=20))
@settings(deadline=None)
def test_an_instant_with_one_octet_changed_is_told_as_the_pattern_tells_it(instant: str, changes: list):
    texts = [instant[:place] + sign + instant[place + 1 :] for place, sign in changes if place < len(instant)]
    # most columns hold texts of one length without a null, which are told apart by the octet
    for text in texts:
        assert is_instant(pa.array([text])).to_pylist() == [INSTANT.fullmatch(text) is not None]
    column = pa.array([instant, *texts, None])
    told = [INSTANT.fullmatch(text) is not None for text in (instant, *texts)]
    assert is_instant(column).to_pylist() == [*told, None]
    assert is_instant(column.slice(1, len(texts))).to_pylist() == told[1:]


@pytest.mark.parametrize("instant", USUAL)
def test_each_octet_of_an_instant_counts(instant: str):
    texts = [instant[:place] + sign + instant[place + 1 :] for place in range(len(instant)) for sign in "049:x"]
    for text in texts:
        assert is_instant(pa.array([text, text])).to_pylist() == [INSTANT.fullmatch(text) is not None] * 2


@pytest.mark.parametrize(
    ("has_form", "pattern"),
    [
        (is_day, r"2[01]\d\d-\d\d-\d\d"),
        (is_microseconds, r"[1-9]\d{0,13}"),
        (is_count, r"\d{1,18}"),
    ],
)
def test_a_number_has_its_digits_and_nothing_else(has_form: Callable[[Any], Any], pattern: str):
    texts = ["0", "01", "1", "9" * 14, "9" * 15, "1" * 18, "1" * 19, "-1", "+1", "1.0", " 1", "1\n", "", "١", "0x1F"]
    texts += ["2026-03-09", "1999-12-31", "2026-3-9", "2026-03-09 ", "2026-03-0x"]
    told = [re.fullmatch(pattern, text, re.ASCII) is not None for text in texts]
    assert has_form(pa.array([*texts, None])).to_pylist() == [*told, None]
