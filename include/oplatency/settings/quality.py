"""Which expectations of the audits block, and which only warn."""

from __future__ import annotations

from oplatency.settings.section import Section


class QualitySettings(Section):
    """Expectations of the suites (docs/quality.md), by suite and id. All others are critical: nothing is
    published where one does not hold."""

    warnings: dict[str, tuple[str, ...]] = {}  # noqa: RUF012
    """Expectations that only warn: where one does not hold, it is recorded and the rows are published all the same."""
