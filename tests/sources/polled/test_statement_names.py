"""A name holds no literal, whatever the server left in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oplatency.settings.ingest import StatementSettings
from oplatency.sources.polled.statement_names import masked, operation_of

DEFAULT = StatementSettings()


def named(query: str | None, queryid: int, settings: StatementSettings, max_length: int = 200):
    return operation_of(query, queryid, settings, max_length=max_length)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select *\n  from orders  where id = $1;", "select * from orders where id = ?"),
        ("select 'it''s', E'a\\'b', x'ff', U&'\\0041', date'2026-01-01'", "select ?, ?, ?, ?, date?"),
        ("select $$a 'b'$$, $tag$ c $$ d $tag$", "select ?, ?"),
        ("select 1, -2.5e+10, .5, 0xFF, 1_000 from t1", "select ?, -?, ?, ?, ? from t1"),
        ("/* trace 42 */ select 1 -- for 'bob'\n + 2", "select ? + ?"),
        ('select "a 1", "b""c" from "T"', 'select "a 1", "b""c" from "T"'),
        ("select a from t where b in ($1 /*, ... */)", "select a from t where b in (? )"),
        ("select 'open", None),
        ('select "open', None),
        ("select $tag$ open", None),
        ("select 1 /* open", None),
        ("select /* a /* b */ 'c' */ 1", None),
        ("", ""),
    ],
)
def test_literals_are_masked_and_comments_left_out(query: str, expected: str | None):
    assert masked(query) == expected


@given(
    st.text(alphabet="SECRET'\"\\ ", max_size=12).map(lambda text: "'" + text.replace("'", "''") + "'"),
    st.sampled_from(["select {}", "select({})", "select a from t where b={} and c=1", "insert into t values ({}, {})"]),
)
def test_no_part_of_a_quoted_literal_is_in_a_name(literal: str, template: str):
    operation, _ = named(template.replace("{}", literal), 7, DEFAULT)
    assert operation
    assert not set("SECRT\\\"'") & set(operation)


def test_a_long_text_is_cut_and_told_apart_by_its_number():
    query = f"select {', '.join(f'column_{letter}' for letter in 'abcdefghijkl')} from t"
    operation, _ = named(query, -42, DEFAULT)
    assert operation == f"{query[:80]}... -42"


def test_a_text_beyond_the_longest_name_goes_by_its_number():
    query = f"select {'a' * 60}"
    assert named(query, 7, DEFAULT, max_length=67) == (query, False)
    assert named(query, 7, DEFAULT, max_length=66) == ("statement 7", False)


@pytest.mark.parametrize("query", [None, "select 'open"])
def test_without_a_text_that_can_be_read_the_number_is_the_name(query: str | None):
    assert named(query, -42, DEFAULT) == ("statement -42", False)


def test_the_number_alone_is_a_name_where_that_is_asked_for():
    assert named("select 1", 7, StatementSettings(names="number")) == ("statement 7", False)


@pytest.mark.parametrize("query", ["create role x password 'y'", "BEGIN", "/* x */ set a = 1", "call nightly(1)"])
def test_utility_statements_are_left_out_or_called_by_their_first_word(query: str):
    assert named(query, 7, DEFAULT) == (None, False)
    operation, _ = named(query, 7, StatementSettings(utility_statements=True))
    assert operation in {"create 7", "begin 7", "set 7", "call 7"}


def test_the_first_pattern_that_fits_names_the_operation():
    settings = StatementSettings(operations={"CALL nightly*": "nightly load", "*orders*": "orders", "select *": "read"})
    found = [named(q, 1, settings) for q in ("call nightly(1)", "SELECT 1  FROM Orders", "select 2", "table t")]
    assert found == [("nightly load", True), ("orders", True), ("read", True), ("table t", False)]


def test_statements_about_the_counts_themselves_are_left_out():
    assert named("select * from pg_stat_statements", 7, DEFAULT) == (None, False)
