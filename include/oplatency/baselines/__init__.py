"""Baselines: candidates, versions, and what goes into them."""
