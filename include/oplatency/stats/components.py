"""Connected components: which rows are linked, directly or through others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def connected(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """Return the connected components of the pairs, members ascending, the largest first."""
    root: dict[int, int] = {}

    def find(key: int) -> int:
        while root.setdefault(key, key) != key:
            key = root[key]
        return key

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        root[high] = low
    members: dict[int, list[int]] = {}
    for key in sorted(root):
        members.setdefault(find(key), []).append(key)
    return sorted((tuple(group) for group in members.values()), key=lambda group: (-len(group), group))


def components(row: NDArray[np.integer[Any]], column: NDArray[np.integer[Any]], n_rows: int) -> list[tuple[int, ...]]:
    """Return what `connected` does, of many links."""
    return connected(map(tuple, forest(row, column, n_rows).tolist()))


def forest(row: NDArray[np.integer[Any]], column: NDArray[np.integer[Any]], n_rows: int) -> NDArray[np.int64]:
    """Return links that connect the same rows, fewer than there are rows; shape (k, 2)."""
    graph = sparse.coo_array((np.ones(row.size, dtype=np.int8), (row, column)), shape=(n_rows, n_rows))
    _, component = sparse.csgraph.connected_components(graph, directed=False)
    _, head, which = np.unique(component, return_index=True, return_inverse=True)
    members = np.arange(n_rows)
    linked = members != head[which]
    return np.column_stack([head[which][linked], members[linked]])
