"""The analyses: baselines, detection, correlation, and the checks of what they published."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import ProgressColumn, Task
from rich.text import Text

from oplatency.cli.application import AsOf, Json, Operation, app, instant, progress_bar, reference_time, show, warehouse
from oplatency.settings import load_settings
from oplatency.windows import DAY, HOUR, floor_to


@app.command()
def baseline(as_of: AsOf = None, operation: Operation = None, as_json: Json = False) -> None:
    """Compute the baselines as of a day."""
    from oplatency.jobs.registry import JOBS
    from oplatency.jobs.windowed_job import Request, run

    day = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        day = day or floor_to(reference_time(url), DAY)
        show(run(url, JOBS["recalculate_baselines"], Request(load_settings(), day, operation=operation)), as_json)


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
    from oplatency.jobs import missing_baselines
    from oplatency.jobs.registry import JOBS
    from oplatency.jobs.windowed_job import Request, run

    job, settings = JOBS["detect_anomalies"], load_settings()
    request = Request(settings, instant(end, "--to"), instant(start, "--from"), operation)
    window = job.window(request)
    with warehouse() as url:
        made = {} if no_baselines else missing_baselines.complete(url, window, settings=settings)
        found = run(url, job, request)
    show(found | {"baselines": made}, as_json)


@app.command()
def correlate(as_of: AsOf = None, as_json: Json = False) -> None:
    """Find operations that slowed together in the 24 hours before a whole hour."""
    from oplatency.jobs.registry import JOBS
    from oplatency.jobs.windowed_job import Request, run

    hour = instant(as_of, "--as-of") if as_of else None
    with warehouse() as url:
        hour = hour or floor_to(reference_time(url), HOUR)
        with progress_bar(_ComparisonsColumn()) as bar:
            task = bar.add_task("operations", total=None)
            request = Request(
                load_settings(), hour, progress=lambda done, total: bar.update(task, completed=done, total=total)
            )
            found = run(url, JOBS["correlate_operations"], request)
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
