"""Proof of detection: past days judged again, scores, limits, the canary."""
