"""Scales of branches: few calls lean on what is known of the whole operation.

Defined in docs/statistics.md, "Baselines".
"""

from __future__ import annotations

import math
from dataclasses import replace

from oplatency.stats.points import PRIOR_WEIGHT_CALLS, Profile


def shrink_to_operation(profile: Profile, whole: Profile) -> Profile:
    """Return a branch's profile with scales pulled towards those of its operation.

    Parameters
    ----------
    profile, whole : Profile
        Of the branch, and of all branches together.

    Returns
    -------
    Profile
        ``ln s = (n ln s + w ln s_operation) / (n + w)`` on each side, n the branch's calls.
    """
    n, weight = profile.n_calls, PRIOR_WEIGHT_CALLS

    def between(own: float, borrowed: float) -> float:
        return math.exp((n * math.log(own) + weight * math.log(borrowed)) / (n + weight))

    return replace(
        profile,
        scale_up=between(profile.scale_up, whole.scale_up),
        scale_down=between(profile.scale_down, whole.scale_down),
    )
