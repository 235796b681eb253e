"""The golden cases of ``cases/`` come back as their authors worked them out by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from case_files import NOT_FOR_PEOPLE, VIEWS, Case, load, read_cases, read_view, set_reference_time, typed

from oplatency.warehouse.database import Connection, rows

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.subject}/{case.path.stem}")
def test_a_case_gives_exactly_the_expected_rows(clean_session: Connection, case: Case):
    if "as_of" in case.content:
        set_reference_time(clean_session, case.content["as_of"])
    load(clean_session, case.content.get("given", {}))
    if case.is_view:
        found = read_view(clean_session, case.subject)
    else:
        found = rows(clean_session, case.subject, case.content.get("parameters"))

    found, expected = ([typed(row) for row in each] for each in (found, case.expected))
    if case.is_ordered:
        assert found == expected
    else:
        missing = [row for row in expected if row not in found]
        assert (missing, [row for row in found if row not in expected]) == ([], [])
        assert len(found) == len(expected)


def test_every_view_for_people_has_an_ordinary_and_another_case():
    counts = Counter(case.subject for case in CASES)
    views = {path.stem for path in VIEWS.glob("v_*.sql")} - NOT_FOR_PEOPLE
    assert views
    # the rules come with the schema: there is no other case of them
    assert {view: counts[view] for view in views if counts[view] < 2} == {"v_rules": 1}
