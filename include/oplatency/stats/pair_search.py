"""The search for pairs of rows that move together, and for the groups they form.

Defined in docs/statistics.md, "Correlation". Works on row numbers; `oplatency.stats.correlation` knows operations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from oplatency.settings import CorrelationSettings
from oplatency.stats.binning import MIN_COMMON_BINS, SLOW_BIN_Z, Bins
from oplatency.stats.components import components, connected, forest
from oplatency.stats.multiplicity import benjamini_hochberg

CO_EXCEEDANCE_FDR = 0.05
"""False discovery rate of pairs that are slow in the same bins."""
MIN_JOINT_BINS = 3
"""Fewest joint slow bins of a pair."""
MIN_LIFT = 2.0
"""A pair needs at least this many times the joint slow bins expected by chance."""

BLOCK = 256
"""Rows whose pairs with all others are computed at a time."""

MAX_AUTOCORRELATION = 0.95
MIN_VARIANCE = 1e-300
"""Keeps a constant row from dividing zero by zero."""

CANDIDATE_P = 0.05
"""Pairs above it are counted but not kept; adjusted values below it do not change by that."""

MAX_PAIRS = 10_000
"""At most this many pairs are described, the strongest, and each row's strongest besides: a thousand operations slow
together make half a million pairs, and their group says it all."""

Compared = Callable[[int], None]
"""Is called with the number of pairs that were compared since it was called last."""

Strength = Literal["moderate", "strong", "critical", "co-exceedance"]


@dataclass(frozen=True)
class FoundPair:
    """A pair of rows, ``a < b``, as the rule that found it saw it; fields as in `oplatency.stats.correlation.Pair`."""

    a: int
    b: int
    r: float
    effective_n: float
    joint: int
    p: float
    q: float
    strength: Strength


@dataclass(frozen=True)
class Search:
    """What a search found.

    Parameters
    ----------
    n_tested, n_found : int
        Pairs of rows that were tested, and that move together.
    pairs : list of FoundPair
        Ascending by row numbers: all, or of more than `MAX_PAIRS` the strongest.
    groups : list of tuple of int
        Rows linked by any pair that was found, as `connected` returns them.
    """

    n_tested: int
    n_found: int
    pairs: list[FoundPair]
    groups: list[tuple[int, ...]]


@dataclass(frozen=True)
class _Block:
    """Candidates; every array has shape (pairs,)."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    r: NDArray[np.float64]
    effective_n: NDArray[np.float64]
    joint: NDArray[np.int32]
    p: NDArray[np.float64]

    def chosen(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> _Block:
        return _Block(*(getattr(self, part.name)[which] for part in fields(self)))

    def keys(self, n_rows: int) -> NDArray[np.int64]:
        """Return one number a pair."""
        return self.row.astype(np.int64) * n_rows + self.column


@dataclass
class _Candidates:
    """What one rule may find, block by block.

    Attributes
    ----------
    open : list of _Block
        Pairs whose adjusted value decides.
    certain : _Block
        Pairs that are found whatever the others are: the strongest of them.
    n_certain : int
        How many of them there were.
    links : list of ndarray, shape (k, 2)
        Links between rows that stand for those certain pairs that are not kept.
    p : list of ndarray
        Values of all other tests that enter the adjustment.
    """

    open: list[_Block] = field(default_factory=list)
    certain: _Block = field(default_factory=lambda: _joined([]))
    n_certain: int = 0
    links: list[NDArray[np.int64]] = field(default_factory=list)
    p: list[NDArray[np.float64]] = field(default_factory=list)

    def add_certain(self, block: _Block, n_rows: int) -> None:
        """Add pairs, and keep no more than are described in the end."""
        self.n_certain += block.p.size
        together_ = _joined([self.certain, block])
        if together_.p.size <= MAX_PAIRS:
            self.certain = together_
            return
        kept = _strongest(together_)
        left = together_.chosen(~kept)
        self.certain = together_.chosen(kept)
        self.p.append(left.p)
        self.links.append(forest(left.row, left.column, n_rows))


def find_pairs(
    within_hour: Bins, within_window: Bins, options: CorrelationSettings, compared: Compared = lambda _: None
) -> Search:
    """Search the pairs of rows that move together.

    Parameters
    ----------
    within_hour, within_window : ndarray, shape (rows, bins)
        As `oplatency.stats.binning.bin_values` returns them; NaN marks a bin without a call.
    options : CorrelationSettings
        Limits.
    compared : callable, optional
        Called after each block of rows with the number of pairs compared in it.
    """
    n_rows = len(within_hour)
    n_tested, by_coefficient, by_joint = _candidates(within_hour, within_window, options, compared)
    first, first_q = _adjusted(by_coefficient, n_tested, options.fdr)
    second, second_q = _adjusted(by_joint, n_tested, CO_EXCEEDANCE_FDR)
    # what both find is reported as the first finds it
    new = ~np.isin(second.keys(n_rows), first.keys(n_rows))
    second, second_q = second.chosen(new), second_q[new]
    links = [np.column_stack([block.row, block.column]) for block in (first, second)]
    linked = np.concatenate([*links, *by_coefficient.links, *by_joint.links])
    n_dropped = by_coefficient.n_certain - by_coefficient.certain.p.size
    n_found = first.p.size + second.p.size + n_dropped
    selected = _strongest(_joined([first, second]))
    pairs = [
        *_described(first, first_q, selected[: first.p.size], options, by_joint=False),
        *_described(second, second_q, selected[first.p.size :], options, by_joint=True),
    ]
    groups = components(linked[:, 0], linked[:, 1], n_rows)
    # where more are found than are reported, the weak ones inside the groups are skipped
    if n_found <= MAX_PAIRS:
        known = np.concatenate([first.keys(n_rows), second.keys(n_rows)])
        completed = _completed(_grown(groups, within_hour, options), known, within_window, options)
        pairs += completed
        n_found += len(completed)
        groups = connected((pair.a, pair.b) for pair in pairs)
    return Search(n_tested, n_found, sorted(pairs, key=lambda pair: (pair.a, pair.b)), groups)


def _joined(blocks: list[_Block]) -> _Block:
    empty = _Block(*(np.empty(0, dtype=kind) for kind in (np.int32, np.int32, float, float, np.int32, float)))
    return _Block(
        *(np.concatenate([getattr(block, part.name) for block in (empty, *blocks)]) for part in fields(empty))
    )


def _strongest(block: _Block) -> NDArray[np.bool_]:
    """Return which pairs are reported: the least probable, of equals those of the largest r, and each row's first."""
    order = np.lexsort((-block.r, block.p))
    kept = np.zeros(block.p.size, dtype=np.bool_)
    kept[order[:MAX_PAIRS]] = True
    for ends in (block.row[order], block.column[order]):
        kept[order[np.unique(ends, return_index=True)[1]]] = True
    return kept


def strength_of(r: float, options: CorrelationSettings) -> Strength:
    """Return the class of a corrected coefficient."""
    if r >= options.critical:
        return "critical"
    return "strong" if r >= options.strong else "moderate"


def together(rows: Bins) -> Bins:
    """Return the common signal of rows: their sum over the root of their number, NaN where none has a call."""
    here = (~np.isnan(rows)).sum(axis=0)
    signal: Bins = np.where(here > 0, np.nansum(rows, axis=0) / np.sqrt(np.maximum(here, 1)), np.nan)
    return signal


def masked_pearson(left: Bins, right: Bins) -> tuple[Bins, Bins]:
    """Return common bins and Pearson's r of every row of `left` with every row of `right`; NaN marks a missing bin."""
    x_here, y_here = ~np.isnan(left), ~np.isnan(right)
    x, y = np.where(x_here, left, 0.0), np.where(y_here, right, 0.0)
    x_mask, y_mask = x_here.astype(np.float64), y_here.astype(np.float64)
    n = x_mask @ y_mask.T
    x_sum, y_sum = x @ y_mask.T, x_mask @ y.T
    with np.errstate(invalid="ignore", divide="ignore"):
        x_square = (x * x) @ y_mask.T - x_sum * x_sum / n
        y_square = x_mask @ (y * y).T - y_sum * y_sum / n
        r = (x @ y.T - x_sum * y_sum / n) / np.sqrt(x_square * y_square)
    # Below this the common bins of one of the two are constant and r is a rounding error.
    r[~((x_square > 1e-9 * n) & (y_square > 1e-9 * n))] = np.nan
    return n, np.clip(r, -1.0, 1.0)


def _autocorrelation(values: Bins) -> NDArray[np.float64]:
    """Return the lag-1 autocorrelation of each row, over neighbouring bins that both exist, from 0 to 0.95."""
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    products = centred[:, 1:] * centred[:, :-1]
    known = ~np.isnan(products)
    n = known.sum(axis=1)
    variance = np.nanmean(centred**2, axis=1)
    lag1 = np.where(known, products, 0.0).sum(axis=1) / np.maximum(n, 1) / np.maximum(variance, MIN_VARIANCE)
    clipped: NDArray[np.float64] = np.clip(np.where(n >= 10, lag1, 0.0), 0.0, MAX_AUTOCORRELATION)
    return clipped


def _candidates(
    within_hour: Bins, within_window: Bins, options: CorrelationSettings, compared: Compared
) -> tuple[int, _Candidates, _Candidates]:
    """Return how many pairs were tested, and those that either rule may find."""
    n_rows = len(within_hour)
    lag1 = _autocorrelation(within_hour)
    hot = (np.nan_to_num(within_window) >= SLOW_BIN_Z).astype(np.float64)
    here = (~np.isnan(within_window)).astype(np.float64)
    # no number of tests can adjust such a value beyond its limit
    certain_p = options.fdr / max(n_rows * (n_rows - 1) / 2, 1)
    tested = 0
    by_coefficient, by_joint = _Candidates(), _Candidates()
    for start in range(0, n_rows, BLOCK):
        rows = slice(start, start + BLOCK)
        n, r = masked_pearson(within_hour[rows], within_hour[start:])
        later = np.arange(n.shape[1])[None, :] > np.arange(n.shape[0])[:, None]
        testable = later & (n >= MIN_COMMON_BINS) & ~np.isnan(r)
        tested += int(testable.sum())
        shared = lag1[rows, None] * lag1[None, start:]
        effective = n * (1 - shared) / (1 + shared)
        joint = hot[rows] @ hot[start:].T

        def block(
            a: NDArray[np.int64],
            b: NDArray[np.int64],
            p: NDArray[np.float64],
            values: tuple[int, Bins, Bins, Bins] = (start, r, effective, joint),
        ) -> _Block:
            first, r, effective, joint = values
            row, column = (a + first).astype(np.int32), (b + first).astype(np.int32)
            return _Block(row, column, r[a, b], effective[a, b], joint[a, b].astype(np.int32), p)

        a, b = np.nonzero(testable & (r > 0))
        p = _coefficient_p(r[a, b], effective[a, b])
        kept = p <= max(CANDIDATE_P, options.fdr)
        a, b, p = a[kept], b[kept], p[kept]
        # values that rise and fall together without ever being slow together are a shared variation, no bottleneck
        eligible = (r[a, b] >= options.min_corrected) & (joint[a, b] >= 1)
        certain = eligible & (p <= certain_p)
        by_coefficient.p.append(p[~eligible])
        is_open = eligible & ~certain
        by_coefficient.open.append(block(a[is_open], b[is_open], p[is_open]))
        by_coefficient.add_certain(block(a[certain], b[certain], p[certain]), n_rows)
        selected = np.zeros(r.shape, dtype=np.bool_)
        selected[a[certain], b[certain]] = True

        first, second = hot[rows] @ here[start:].T, here[rows] @ hot[start:].T
        frequent = joint >= np.maximum(MIN_JOINT_BINS, MIN_LIFT * first * second / np.maximum(n, 1))
        a, b = np.nonzero(testable & frequent)
        p = stats.hypergeom.sf(joint[a, b] - 1, n[a, b], first[a, b], second[a, b])
        by_joint.p.append(p[selected[a, b]])
        is_open = ~selected[a, b]
        by_joint.open.append(block(a[is_open], b[is_open], p[is_open]))
        compared(int(later.sum()))
    return tested, by_coefficient, by_joint


def _coefficient_p(r: NDArray[np.float64], effective_n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the one-sided p-value of Pearson's r, Student's t with ``effective_n - 2`` degrees of freedom."""
    freedom = np.maximum(effective_n - 2, 1.0)
    t = r * np.sqrt(freedom / np.maximum(1 - r * r, 1e-15))
    p: NDArray[np.float64] = special.stdtr(freedom, -t)
    return p


def _adjusted(candidates: _Candidates, n_tested: int, limit: float) -> tuple[_Block, NDArray[np.float64]]:
    """Return the pairs a rule finds, and their adjusted values."""
    pairs = _joined([*candidates.open, candidates.certain])
    p = np.concatenate([pairs.p, *candidates.p])
    candidates.open.clear()
    candidates.p.clear()
    q = benjamini_hochberg(p, n_tests=n_tested)[: pairs.p.size]
    found = q <= limit
    return pairs.chosen(found), q[found]


def _described(
    pairs: _Block, q: NDArray[np.float64], selected: NDArray[np.bool_], options: CorrelationSettings, *, by_joint: bool
) -> list[FoundPair]:
    """Return the pairs that are described, one by one."""
    return [
        FoundPair(
            a=int(pairs.row[i]),
            b=int(pairs.column[i]),
            r=float(pairs.r[i]),
            effective_n=float(pairs.effective_n[i]),
            joint=int(pairs.joint[i]),
            p=float(pairs.p[i]),
            q=float(q[i]),
            strength="co-exceedance" if by_joint else strength_of(float(pairs.r[i]), options),
        )
        for i in np.flatnonzero(selected)
    ]


def _grown(groups: list[tuple[int, ...]], within_hour: Bins, options: CorrelationSettings) -> list[tuple[int, ...]]:
    """Return the groups with those outsiders, and joined with those groups, that move with a group's common signal.

    One row against the sum of several is a far sharper test than one against one, and there are far fewer of them.
    Each joins the group it fits best. A group that grew is heard more clearly, so the others are asked again.
    """
    while groups:
        outside = np.setdiff1d(np.arange(len(within_hour)), np.concatenate(groups))
        signals = np.vstack([together(within_hour[list(group)]) for group in groups])
        others = np.vstack([signals, within_hour[outside]])
        n, r = masked_pearson(others, signals)
        lag1 = _autocorrelation(others)
        shared = lag1[:, None] * lag1[None, : len(groups)]
        p = _coefficient_p(r, n * (1 - shared) / (1 + shared))
        p[n < MIN_COMMON_BINS] = np.nan
        # two groups are compared once, and none with itself
        p[np.triu_indices(len(groups))] = np.nan
        q = benjamini_hochberg(p.ravel()).reshape(p.shape)
        fits = np.where((q <= options.fdr) & (r >= options.min_corrected), r, -np.inf)
        joining = np.flatnonzero(np.isfinite(fits).any(axis=1))
        if not joining.size:
            break
        first_row = np.concatenate([[group[0] for group in groups], outside])
        links = [(member, group[0]) for group in groups for member in group[1:]]
        links += zip(first_row[joining], first_row[np.argmax(fits[joining], axis=1)], strict=True)
        groups = connected((int(a), int(b)) for a, b in links)
    return groups


def _completed(
    groups: list[tuple[int, ...]],
    known: NDArray[np.int64],
    within_window: Bins,
    options: CorrelationSettings,
) -> list[FoundPair]:
    """Return further pairs inside the groups, adjusted for the tests inside groups only.

    That a group slows together is established; which of its members do is a second, smaller question. It is asked
    of the values that keep slow hours, because rhythm alone has not made a group. Of a group of more than `BLOCK`
    members it is not asked: that is a slow server, whoever its members are.
    """
    lag1 = _autocorrelation(within_window)
    hot = np.nan_to_num(within_window) >= SLOW_BIN_Z
    n_rows, seen = len(within_window), set(known.tolist())
    questions = []
    for group in groups:
        if len(group) > BLOCK:
            continue
        rows = np.array(group)
        n, r = masked_pearson(within_window[rows], within_window[rows])
        for i, j in zip(*np.triu_indices(len(group), 1), strict=True):
            a, b = group[i], group[j]
            if a * n_rows + b not in seen and n[i, j] >= MIN_COMMON_BINS and not np.isnan(r[i, j]):
                shared = lag1[a] * lag1[b]
                questions.append((a, b, float(r[i, j]), float(n[i, j] * (1 - shared) / (1 + shared))))
    if not questions:
        return []
    p = _coefficient_p(np.array([item[2] for item in questions]), np.array([item[3] for item in questions]))
    q = benjamini_hochberg(p)
    return [
        FoundPair(a, b, r, n, int((hot[a] & hot[b]).sum()), float(p[i]), float(q[i]), strength_of(r, options))
        for i, (a, b, r, n) in enumerate(questions)
        if q[i] <= CO_EXCEEDANCE_FDR and r >= options.min_corrected
    ]
