"""All detection rules, found in the modules of this package."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from oplatency.detection import rules as package
from oplatency.detection.rules.contract import DayRule, HourRule, Rule


@functools.cache
def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its name, in order of rank."""
    names = [f"{package.__name__}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
    rules = [rule for name in names if (rule := getattr(importlib.import_module(name), "RULE", None))]
    return MappingProxyType({rule.name: rule for rule in sorted(rules, key=lambda rule: rule.rank)})


def hour_rules() -> list[HourRule]:
    """Return the rules about calls and hours, in order of rank."""
    return [rule for rule in all_rules().values() if isinstance(rule, HourRule)]


def day_rules() -> list[DayRule]:
    """Return the rules about closed days, in order of rank."""
    return [rule for rule in all_rules().values() if isinstance(rule, DayRule)]


def hour_rule_names() -> frozenset[str]:
    """Return the names of the rules about calls and hours."""
    return frozenset(rule.name for rule in hour_rules())


def kind_rank(kind: str) -> int:
    """Return the rank of a kind of finding: the lowest of its rules."""
    return min(rule.rank for rule in all_rules().values() if rule.kind == kind)
