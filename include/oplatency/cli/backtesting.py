"""What shows that detection works: what each rule could see, how configurations do on history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from oplatency.cli.application import AsOf, Json, app, instant, output, reference_time, show, warehouse
from oplatency.settings import load_settings, other_settings
from oplatency.windows import DAY, Window, floor_to

if TYPE_CHECKING:
    from oplatency.backtesting import limits as detection_limits

_MAX_SHOWN = 20
"""At most this many alerts of only one configuration are printed; ``--json`` has them all."""


def show_limits(*, as_json: bool) -> None:
    """Print for every operation and rule the smallest slow-down it would see, or why it can never fire."""
    from oplatency.backtesting import limits as job
    from oplatency.reports import terminal

    with warehouse() as url:
        hour, operations = job.operation_limits(url, settings=load_settings())
    blind = [item for item in operations if item.blind]
    mute = [item for item in operations if item.mute and not item.blind]
    if as_json:
        payload = {
            "at": hour.isoformat(),
            "operations": [item.as_json() for item in operations],
            "blind": [item.operation for item in blind],
            "mute": [item.operation for item in mute],
        }
        show(payload, True)
        return
    with_limits = [item for item in operations if item.limits]
    cells = [
        {"operation": item.operation, "calls": item.n_calls} | {limit.rule: _cell(limit) for limit in item.limits}
        for item in with_limits
    ]
    title = f"Smallest slow-down that each rule finds in half of all cases, by the baselines of {hour:%Y-%m-%d %H:%M}"
    terminal.show(output(), terminal.table_of("limits", title, cells))
    typer.echo(f"alert: a slow-down of {job.INCIDENT_HOURS:g} hours; silence: hours without a call; -: cannot fire")
    why: dict[tuple[str, str], list[str]] = {}
    for item in with_limits:
        for limit in item.limits:
            if not limit.can_fire:
                why.setdefault((limit.rule, limit.reason), []).append(item.operation)
    for (rule, reason), names in sorted(why.items()):
        typer.echo(f"{rule} cannot fire ({reason}): {', '.join(names)}")
    _show_together("never alerts", [(item.mute, item.operation) for item in mute])
    _show_together("BLIND", [(item.blind, item.operation) for item in blind])
    typer.echo(f"{len(operations)} operations: {len(blind)} blind, {len(mute)} that never alert")


def _show_together(what: str, found: list[tuple[str, str]]) -> None:
    names: dict[str, list[str]] = {}
    for reason, operation in found:
        names.setdefault(reason, []).append(operation)
    for reason, operations in sorted(names.items()):
        typer.echo(f"{what}: {', '.join(operations)} ({reason})")


def _cell(limit: detection_limits.Limit) -> str:
    if limit.hours is not None:
        return f"{limit.hours} h"
    return "-" if limit.slowdown_pct is None else f"+{limit.slowdown_pct:.0f} %"


@app.command()
def backtest(
    start: Annotated[str, typer.Option("--from", help="First day, inclusive.")],
    end: Annotated[str, typer.Option("--to", help="End of the last day, exclusive.")],
    config: Annotated[
        Path | None, typer.Option(help="TOML file of settings; compared with the settings in use, which it changes.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="CSV file of known trouble: operation, from, to; alerts are scored against it.")
    ] = None,
    arrivals: Annotated[
        Literal["auto", "recorded", "started"],
        typer.Option(help="When a call was there: with its batch, or when it started; auto tells loaded history."),
    ] = "auto",
    as_json: Json = False,
) -> None:
    """Judge past days with the data known at the time, score the alerts, compare configurations; publishes nothing."""
    from oplatency.backtesting.labels import LabelFile
    from oplatency.jobs import backtest as job

    window = Window(instant(start, "--from"), instant(end, "--to"))
    configurations = {"current": load_settings()}
    if config is not None:
        configurations[config.name if config.name != "current" else "other"] = other_settings(config)
    file = None if labels is None else LabelFile.read(labels)
    with warehouse() as url:
        found = job.backtest(url, window, configurations=configurations, labels=file, arrivals=arrivals)
    if as_json:
        show(found, True)
    else:
        _show_backtest(found)


def _show_backtest(found: dict[str, Any]) -> None:
    from oplatency.reports import terminal

    typer.echo(
        f"{found['from']} to {found['to']}: {found['nights']} nights, {found['calls']} calls of"
        f" {found['operations']} operations"
    )
    if found["arrivals"] == "started":
        typer.echo("calls count as there when they started: their history was loaded afterwards, or --arrivals says so")
    else:
        typer.echo(f"calls were there when they arrived: {found['late_calls']} came too late for their night")
    if found["labels"] is not None:
        typer.echo(f"{found['labels']} labels touch these days, {found['labels_outside']} do not")
    console = output()
    cells = [
        {
            "configuration": one["name"],
            "hash": one["config_hash"],
            "alerts": one["n_alerts"],
            "per day": round(one["alerts_per_day"], 2),
            "precision": _share(one["precision"]),
            "recall": _share(one["recall"]),
            "median delay": _hours(one["median_delay_s"]),
            "kinds": ", ".join(f"{kind} {n}" for kind, n in one["by_kind"].items()),
        }
        for one in found["configurations"]
    ]
    terminal.show(console, terminal.table_of("backtest", "Alerts", cells))
    if "difference" not in found:
        return
    first, second = (one["name"] for one in found["configurations"])
    for name, key in ((first, "only_first"), (second, "only_second")):
        only = found["difference"][key]
        title = f"Only with {name}: {len(only)}" + (f", the first {_MAX_SHOWN}" if len(only) > _MAX_SHOWN else "")
        terminal.show(console, terminal.table_of(key, title, only[:_MAX_SHOWN]))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _hours(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 3600:.1f} h"


@app.command()
def canary(as_of: AsOf = None, as_json: Json = False) -> None:
    """Run the canary: synthetic slow-downs in a copy of last week. Exits 3 if detection misses them."""
    from oplatency.jobs import check_detection

    day = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        day = day or floor_to(reference_time(url), DAY)
        show(check_detection.check(url, as_of=day, settings=load_settings()), as_json)
