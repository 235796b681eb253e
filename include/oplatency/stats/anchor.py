"""Creep: a baseline against the one of four weeks back, which a week's drift cannot have moved.

Defined in docs/statistics.md, "Baselines".
"""

from __future__ import annotations


def drift(p50_us: float, anchor_p50_us: float) -> float:
    """Return the relative change of the median against the anchor's: 0.2 is 20 % slower."""
    return p50_us / anchor_p50_us - 1


def creeps(p50_us: float, anchor_p50_us: float, *, limit: float) -> bool:
    """Say whether the median has moved by `limit` or its mirror image: +25 % is undone by -20 %."""
    change = drift(p50_us, anchor_p50_us)
    return change >= limit or change <= 1 / (1 + limit) - 1
