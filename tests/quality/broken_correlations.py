"""Broken pairs and groups."""

from __future__ import annotations

from broken_rows import (
    IN_RANGE,
    INFINITY,
    ITS_GROUP,
    NAN,
    POSITIVE,
    Mutation,
    broken,
    duplicate,
    empty,
    missing,
    out_of,
    set_all,
)
from staged_rows import BLANK, COMMIT, DAY, HOUR, MERGE, UNKNOWN

_STRENGTHS = "{}_known"
_UNIT = "{}_in_range"
COEFFICIENT = "{}_in_range"
_HOUR_START = "as_of_is_hour"

CORRELATIONS = [
    empty("staged_correlations"),
    *missing(
        "staged_correlations",
        {
            "as_of": (ITS_GROUP,),
            "joint_bins": (),
            "effective_n": (),
            "p": (),
            "q": (),
            "lag_bins": (),
            "strength": (),
            "group_no": (ITS_GROUP,),
            "bottleneck": ("bottleneck_known",),
        },
    ),
    broken("staged_correlations", "a is null", "operation_a_present", ITS_GROUP, operation_a_id=None),
    broken("staged_correlations", "b is unknown", "operation_b_present", ITS_GROUP, operation_b_id=UNKNOWN),
    *(
        Mutation(
            "staged_correlations",
            f"{side} is blank",
            frozenset({f"{side}_named"}),
            {f"{side}_id": BLANK},
            set_all("members", ["\t", "commit", "get_history", "merge"], "staged_correlation_groups"),
        )
        for side in ("operation_a", "operation_b")
    ),
    *out_of("staged_correlations", "{}_known", bottleneck=("", "object storage I/O")),
    Mutation(
        "staged_correlations",
        "as_of is within an hour",
        frozenset({_HOUR_START}),
        change=set_all("as_of", DAY + HOUR / 2, "staged_correlations", "staged_correlation_groups"),
    ),
    broken(
        "staged_correlations",
        "an operation with itself",
        "operations_differ",
        operation_b_id=COMMIT,
    ),
    *out_of(
        "staged_correlations",
        COEFFICIENT,
        raw_pearson=(1.01, NAN),
        raw_spearman=(-1.01, NAN),
        corrected=(1.01, -1.01, NAN, INFINITY),
    ),
    *out_of("staged_correlations", _UNIT, p=(-0.1, 1.1, NAN), q=(-0.1, 1.1, NAN)),
    *out_of("staged_correlations", IN_RANGE, joint_bins=(-1,)),
    *out_of("staged_correlations", POSITIVE, effective_n=(0.0, NAN, INFINITY)),
    *out_of("staged_correlations", _STRENGTHS, strength=("weak",)),
    broken(
        "staged_correlations",
        "a strength of nothing",
        "strength_has_coefficient",
        corrected=None,
    ),
    broken("staged_correlations", "a group that is not there", ITS_GROUP, group_no=2),
    Mutation(
        "staged_correlations",
        "a group without the operation",
        frozenset({ITS_GROUP}),
        change=set_all("members", ["get_history", "merge"], "staged_correlation_groups"),
    ),
    duplicate(
        "staged_correlations",
        "key_unique",
        operation_a_id=MERGE,
        operation_b_id=COMMIT,
    ),
]

KNOWN_MEMBERS = "members_known"

GROUPS = [
    empty("staged_correlation_groups"),
    *missing(
        "staged_correlation_groups",
        {
            "as_of": (IN_RANGE.format("n_pairs"),),
            "group_no": (IN_RANGE.format("n_pairs"),),
            "members": (),
            "bottleneck": ("bottleneck_known",),
            "is_alerting": (),
        },
    ),
    *out_of("staged_correlation_groups", "{}_known", bottleneck=("", "object storage I/O")),
    Mutation(
        "staged_correlation_groups",
        "as_of is within an hour",
        frozenset({_HOUR_START}),
        change=set_all("as_of", DAY + HOUR / 2, "staged_correlations", "staged_correlation_groups"),
    ),
    broken("staged_correlation_groups", "alone", "n_members_in_range", members=["commit"]),
    *(
        broken("staged_correlation_groups", f"members {members}", KNOWN_MEMBERS, members=members)
        for members in (["commit", "commit"], ["commit", "nobody"], ["commit", None])
    ),
    broken("staged_correlation_groups", "no onset", onset_at=None),
    broken(
        "staged_correlation_groups",
        "an onset after the window",
        "onset_before_as_of",
        onset_at=DAY + HOUR,
    ),
    Mutation(
        "staged_correlation_groups",
        "a group without a pair",
        frozenset({IN_RANGE.format("n_pairs")}),
        change=lambda rows: rows["staged_correlations"].clear(),
    ),
    duplicate("staged_correlation_groups", "key_unique", members=["commit", "merge"]),
]
