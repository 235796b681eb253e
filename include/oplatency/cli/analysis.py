"""The analyses: baselines, detection, correlation, and the checks of what they published."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import ProgressColumn, Task
from rich.text import Text

from oplatency.cli.application import AsOf, Json, Operation, app, instant, progress_bar, reference_time, show, warehouse
from oplatency.settings import load_settings
from oplatency.windows import DAY, HOUR, Window, floor_to, require_whole


@app.command()
def baseline(as_of: AsOf = None, operation: Operation = None, as_json: Json = False) -> None:
    """Compute the baselines as of a day."""
    from oplatency.jobs import recalculate_baselines

    day = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        day = day or floor_to(reference_time(url), DAY)
        show(recalculate_baselines.recalculate(url, as_of=day, settings=load_settings(), operation=operation), as_json)


@app.command()
def detect(
    start: Annotated[str, typer.Option("--from", help="First hour, inclusive.")],
    end: Annotated[str, typer.Option("--to", help="End of the last hour, exclusive.")],
    operation: Operation = None,
    no_baselines: Annotated[
        bool, typer.Option("--no-baselines", help="Do not compute baselines of days that have none yet.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Judge the calls of whole hours, and the days that close within them; compute the baselines they lack first."""
    from oplatency.jobs import detect_anomalies, missing_baselines

    window = Window(instant(start, "--from"), instant(end, "--to"))
    for limit, name in ((window.start, "window_start"), (window.end, "window_end")):
        require_whole(limit, HOUR, name=name)
    settings = load_settings()
    with warehouse() as url:
        made = {} if no_baselines else missing_baselines.complete(url, window, settings=settings)
        found = detect_anomalies.detect(url, window, settings=settings, operation=operation)
    show(found | {"baselines": made}, as_json)


@app.command()
def correlate(as_of: AsOf = None, as_json: Json = False) -> None:
    """Find operations that slowed together in the 24 hours before a whole hour."""
    from oplatency.jobs import correlate_operations

    hour = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        hour = hour or floor_to(reference_time(url), HOUR)
        with progress_bar(_ComparisonsColumn()) as bar:
            task = bar.add_task("operations", total=None)
            found = correlate_operations.correlate_as_of(
                url,
                as_of=hour,
                settings=load_settings(),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        show(found, as_json)


class _ComparisonsColumn(ProgressColumn):
    """Comparisons of two operations that are done, of how many, and how fast; before them calls are read."""

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("reading calls")
        if task.finished:
            return Text(f"{task.total:,.0f} comparisons made, checking what was found")
        return Text(f"{task.completed:,.0f} of {task.total:,.0f} comparisons, {task.speed or 0.0:,.0f}/s")


@app.command()
def refresh(as_json: Json = False) -> None:
    """Compute again what late data touches: baselines, findings, correlations."""
    from oplatency.jobs import late_data

    with warehouse() as url:
        show(late_data.refresh(url, settings=load_settings()), as_json)


@app.command()
def quality(suite: Annotated[str | None, typer.Option(help="Only this suite.")] = None, as_json: Json = False) -> None:
    """Check what is published; exit 3 where something does not hold."""
    from oplatency.jobs import check_data_quality

    with warehouse() as url:
        summary = check_data_quality.summary(check_data_quality.check(url, settings=load_settings(), suite=suite))
    show(summary, as_json)
    if not summary["passed"]:
        raise typer.Exit(3)
