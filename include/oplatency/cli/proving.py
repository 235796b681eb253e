"""What shows that detection works: what each rule could see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from oplatency.cli.application import output, show, warehouse
from oplatency.settings import load_settings

if TYPE_CHECKING:
    from oplatency.jobs import detection_limits


def show_limits(*, as_json: bool) -> None:
    """Print for every operation and rule the smallest slow-down it would see, or why it can never fire."""
    from oplatency.jobs import detection_limits as job
    from oplatency.reports import terminal

    with warehouse() as url:
        hour, sights = job.see(url, settings=load_settings())
    blind = [sight for sight in sights if sight.blind]
    mute = [sight for sight in sights if sight.mute and not sight.blind]
    if as_json:
        told = {
            "at": hour.isoformat(),
            "operations": [sight.as_json() for sight in sights],
            "blind": [sight.operation for sight in blind],
            "mute": [sight.operation for sight in mute],
        }
        show(told, True)
        return
    seeing = [sight for sight in sights if sight.limits]
    cells = [
        {"operation": sight.operation, "calls": sight.n_calls} | {limit.rule: _cell(limit) for limit in sight.limits}
        for sight in seeing
    ]
    title = f"Smallest slow-down that each rule finds in half of all cases, by the baselines of {hour:%Y-%m-%d %H:%M}"
    terminal.show(output(), terminal.table_of("limits", title, cells))
    typer.echo(f"alert: a slow-down of {job.INCIDENT_HOURS:g} hours; silence: hours without a call; -: cannot fire")
    why: dict[tuple[str, str], list[str]] = {}
    for sight in seeing:
        for limit in sight.limits:
            if not limit.can_fire:
                why.setdefault((limit.rule, limit.reason), []).append(sight.operation)
    for (rule, reason), names in sorted(why.items()):
        typer.echo(f"{rule} cannot fire ({reason}): {', '.join(names)}")
    for sight in mute:
        typer.echo(f"alerts nobody: {sight.operation} ({sight.mute})")
    for sight in blind:
        typer.echo(f"BLIND: {sight.operation} ({sight.blind})")
    typer.echo(f"{len(sights)} operations: {len(blind)} blind, {len(mute)} that alert nobody")


def _cell(limit: detection_limits.Limit) -> str:
    if limit.hours is not None:
        return f"{limit.hours} h"
    return "-" if limit.slowdown_pct is None else f"+{limit.slowdown_pct:.0f} %"
