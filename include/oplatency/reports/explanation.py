"""Why something alerted, and why nothing did: what is known of an hour, in plain words.

A pure function of a `Story`: no database, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from oplatency.detection.rules import creep, point, silence
from oplatency.detection.rules.registry import all_rules, hour_rule_names
from oplatency.reports.gates import gate_lines, percent
from oplatency.reports.overrides import operation_override_lines, override_lines, unlike
from oplatency.reports.story import ALL, ReadVerdict, Story, hour_end
from oplatency.warehouse.database import Row

_OUTCOMES = {
    "alert": "ALERT",
    "finding": "recorded only",
    "quiet": "quiet",
    "no_calls": "no calls",
    "not_judged": "not judged",
}
_LEVELS = {
    "branch": "the calls of branch {branch}",
    "operation": "the operation's own calls",
    "like_operations": "few calls of its own, so that the scales of like operations weigh more",
}
_MAX_SHOWN = 3
"""At most this many findings are listed one by one."""


def explain_text(story: Story) -> list[str]:
    """Return the story of an hour as lines of text, without line ends.

    Parameters
    ----------
    story : Story
        What is known; see `load_hour_report`.
    """
    where = "" if story.branch is None else f" on branch {story.branch}"
    lines = [f"{story.operation}{where} at {_minute(story.at)} UTC", *_headlines(story)]
    for heading, body_lines in (
        *((_heading(verdict), _section_of(verdict, story)) for verdict in story.verdicts),
        ("Compared with", _baseline(story)),
        ("Settings other than the defaults", _settings(story)),
        ("Exclusions and marks", [*_exclusions(story), *_notes(story)]),
        ("At the same time", _surroundings(story)),
        ("Alerts", _alerts(story)),
    ):
        body = list(body_lines)
        if body:
            lines += ["", heading, *(f"  {line}" for line in body)]
    return lines


def _headlines(story: Story) -> Iterator[str]:
    """Yield what it comes to, in a sentence or two."""
    hour = f"the hour {_minute(story.hour_start)} to {hour_end(story):%H:%M}"
    verdicts = {verdict.rule: verdict for verdict in story.verdicts if verdict.rule in hour_rule_names()}
    if not story.was_tracked:
        if story.tracked:
            yield f"{story.operation} was not tracked yet when {hour} was judged: its calls were stored, no more."
            yield _to_judge(story)
            return
        yield f"{story.operation} is not tracked: its calls are stored, but enter no baseline and are never judged."
        yield f'To change that: oplatency operations set {story.operation} --tracked --note "why"'
        return
    if not verdicts:
        if story.runs:
            yield (
                f"There was nothing to judge: {hour} was judged, but {story.operation} made no call in it "
                "nor in the days before it."
            )
        else:
            yield f"This was never judged: no detection has covered {hour}."
            yield _to_judge(story)
        return
    sentences = [_headline(rule, verdict) for rule, verdict in verdicts.items()]
    for sentence in sorted(filter(None, sentences), key=lambda sentence: not sentence.startswith("ALERT")):
        yield f"{sentence} ({hour})"
    if any(verdict.outcome == "alert" for verdict in story.verdicts if verdict.rule not in verdicts):
        yield "The day it belongs to alerts as a whole, too."
    if all(verdict.rule in verdicts for verdict in story.verdicts):
        yield f"The day as a whole ({story.hour_start:%Y-%m-%d}) is judged once it has closed; that is not done yet."


def _to_judge(story: Story) -> str:
    start, end = (f"{instant:%Y-%m-%dT%H:%MZ}" for instant in (story.hour_start, hour_end(story)))
    return f"To judge it: oplatency detect --from {start} --to {end}"


def _headline(rule: str, verdict: ReadVerdict) -> str:
    if rule == silence.RULE.name:
        return {
            "alert": "ALERT: it fell silent.",
            "finding": "It was silent; an earlier hour, or a busier operation, alerts for it.",
        }.get(verdict.outcome, "")
    return {
        "alert": "ALERT: calls took much longer than expected, and often enough to alert.",
        "finding": "Abnormal calls were recorded only.",
        "quiet": "Nothing was found: no call was abnormal.",
        "no_calls": "No call was made.",
        "not_judged": "The calls were not judged: there was nothing to judge them against.",
    }[verdict.outcome]


def _heading(verdict: ReadVerdict) -> str:
    days = (verdict.window_end - verdict.window_start).days
    title = all_rules()[verdict.rule].title.format(days="the day" if days == 1 else f"the newest {days} days")
    if days:
        window = f"{verdict.window_start:%Y-%m-%d} to the end of {verdict.window_end - timedelta(days=1):%Y-%m-%d}"
    else:
        window = f"{_minute(verdict.window_start)} to {verdict.window_end:%H:%M}"
    return f"{title}, {window}: {_OUTCOMES[verdict.outcome]}"


def _section_of(verdict: ReadVerdict, story: Story) -> Iterator[str]:
    if verdict.rule == point.RULE.name:
        yield from _points(verdict, story)
    elif verdict.rule == silence.RULE.name:
        yield from _silence(verdict)
    else:
        yield from _days(verdict, story)
    yield from gate_lines(verdict.rule, verdict.gates)


def _points(verdict: ReadVerdict, story: Story) -> Iterator[str]:
    if verdict.outcome == "not_judged":
        yield f"{_count(verdict.calls, 'call')} came; there was no baseline to judge them by."
        return
    if verdict.observed is None or verdict.expected is None:
        yield "No call without an error came, so there was nothing to judge; calls with an error never are."
        return
    found = [row for row in story.findings if row["kind"] == point.RULE.kind]
    slow = [row for row in found if row["effect"] > 0]
    flagged = f"{verdict.findings} of them abnormal" if verdict.findings else "none of them was flagged"
    yield f"{_count(verdict.calls, 'call')} came, {flagged}."
    ratio = verdict.observed / verdict.expected
    closest = "Deciding call" if verdict.findings else "Closest to the limit"
    yield f"{closest}: {_ms(verdict.observed)} where {_ms(verdict.expected)} was expected, {_times(ratio)}."
    if verdict.needed is not None:
        yield f"A call there is flagged from {_ms(verdict.needed)} on."
    for row in slow[:_MAX_SHOWN]:
        branch = "" if row["call_branch"] in {None, ALL} else f" on branch {row['call_branch']}"
        yield (
            f"Flagged at {row['observed_at']:%H:%M:%S}{branch}: {_ms(row['duration_ms'] * 1000)}, "
            f"{percent(row['effect'])} against expected, z {row['z']:.1f}, {row['severity']}"
            f"{', alerting' if row['alerting'] else ''}."
        )
    if len(slow) > _MAX_SHOWN:
        command = f"oplatency export anomalies --operation {story.operation}"
        yield f"... and {len(slow) - _MAX_SHOWN} more slow ones: {command}"
    if len(found) > len(slow):
        yield f"{_count(len(found) - len(slow), 'call')} was faster than usual: recorded as INFO, never an alert."
    yield from _why_points(verdict)


def _why_points(verdict: ReadVerdict) -> Iterator[str]:
    persistence, coverage, z, recurring, exclusion = (
        verdict.gate(name) for name in ("persistence", "coverage", "z", "recurring", "exclusion")
    )
    if verdict.outcome != "finding" or persistence is None or coverage is None:
        return
    if z is not None and not z.passed:
        yield "It does not alert because faster calls are not a problem."
    elif recurring is not None and not recurring.passed:
        yield (
            "It does not alert because this is recurring: near this time of the day or week calls were as slow before, "
            f"or slow calls come in runs. It alerts from z {recurring.limit:.1f}."
        )
    elif not persistence.passed:
        yield (
            f"It does not alert because single slow calls happen: it takes {persistence.limit:g} flagged calls in one "
            "chain, or one far enough out."
        )
    elif exclusion is not None and not exclusion.passed:
        yield "It does not alert because more hours are excluded from the baseline than allowed."
    elif not coverage.passed:
        yield "It does not alert because the baseline covers too few days."


def _silence(verdict: ReadVerdict) -> Iterator[str]:
    if verdict.expected is None:
        yield f"{_count(verdict.calls, 'call')} came; too few days before know this hour to say how many to expect."
        return
    yield f"{_count(verdict.calls, 'call')} came where {verdict.expected:.1f} were expected."
    if verdict.needed is not None and verdict.outcome in {"quiet", "no_calls"}:
        few = int(verdict.needed)
        yield (
            f"Silence needs {few} calls or fewer, and a count that is unlikely by chance."
            if few
            else "Silence needs a gap without any call, so long that it is unlikely by chance."
        )


def _days(verdict: ReadVerdict, story: Story) -> Iterator[str]:
    rule = all_rules()[verdict.rule]
    if verdict.observed is None or verdict.expected is None:
        fewest = verdict.gate("n")
        if rule.name == creep.RULE.name and fewest is not None and not fewest.value:
            yield "There is no baseline of weeks ago, or no call of late, to compare."
            return
        yield f"{_count(verdict.calls, 'call')} came: too few here or before to compare."
        return
    change = percent(verdict.observed / verdict.expected - 1)
    yield f"{rule.comparison.format(now=_ms(verdict.observed), before=_ms(verdict.expected))} ({change})."
    if verdict.needed is not None and not verdict.findings:
        yield f"It would have been a finding from {_ms(verdict.needed)} on."
    for row in story.findings:
        window = (row["kind"], row["window_start"], row["window_end"])
        if window == (rule.kind, verdict.window_start, verdict.window_end):
            yield from _day_finding(row)


def _day_finding(row: Row) -> Iterator[str]:
    ends = ""
    if row["effect_low"] is not None:
        ends = f", 95 % interval {percent(row['effect_low'])} to {percent(row['effect_high'])}"
    shape = _SHAPES.get(row["shape"], row["shape"])
    yield f"Typical change {percent(row['effect'])}{ends}; {row['severity']}; {shape}."
    if row["onset_at"] is not None:
        yield (
            f"It began about {_minute(row['onset_at'])}, between {_minute(row['onset_low_at'])} and "
            f"{_minute(row['onset_high_at'])} (95 %)."
        )
    elif row["no_onset_reason"]:
        yield f"When it began is not known: {row['no_onset_reason']}."
    if row["alerting"] and row["alerted_by"] not in {None, row["kind"]}:
        yield f"This day alerts once, by its finding of kind {row['alerted_by']}."


_SHAPES = {
    "uniform": "all calls moved alike",
    "tail": "only the slow calls moved",
    "spread": "fast and slow calls moved by different amounts",
}


def _baseline(story: Story) -> Iterator[str]:
    used = story.used
    if used is None:
        if story.was_tracked and story.verdicts:
            yield (
                "No baseline was in force: none was computed, or fewer than six calls came in the days before. "
                f"To compute it: oplatency baseline --as-of {story.hour_start:%Y-%m-%d}"
            )
        return
    branch, level = used.baseline_branch or ALL, used.baseline_level or "operation"
    versions = [row for row in story.baselines if row["as_of"] == used.baseline_as_of]
    if story.branch is not None:
        own = any(row["branch"] == story.branch for row in versions)
        branch, level = (story.branch, "branch") if own else (ALL, "operation")
        if not own:
            yield f"Branch {story.branch} has no baseline of its own: its calls are judged by the operation's."
    chosen = [row for row in versions if row["branch"] == branch]
    # the newest revision comes first; the ledger knows which one judged
    exact = [
        row
        for row in chosen
        if (row["revision"], row["config_hash"]) == (used.baseline_revision, used.baseline_config_hash)
    ]
    for row in (exact or chosen)[:1]:
        yield (
            f"The baseline as of {_minute(row['as_of'])} UTC, made from {_LEVELS[level].format(branch=branch)} "
            f"(level: {level}; revision {row['revision']}, configuration {row['config_hash']})."
        )
        sure = "" if row["p99_estimable"] else " (too few calls to be sure of it)"
        days = "" if row["days_covered"] is None else f" over {row['days_covered']:.1f} of {row['lookback_days']} days"
        yield (
            f"{_count(row['calls'], 'call')}{days}, {_count(row['hours_covered'], 'hour')} with calls; "
            f"median {_ms(row['p50_ms'] * 1000) if row['p50_ms'] is not None else 'unknown'}, "
            f"p99 {_ms(row['p99_ms'] * 1000)}{sure}."
        )
        if row["new_normal"]:
            yield "More than three of seven days would have been excluded from it: it counts them as a new normal."
        elif not row["excluded"]:
            yield "Nothing was excluded from it."
        for part in row["excluded"]:
            yield f"Left out of it: {_interval_text(part)}."


def _settings(story: Story) -> Iterator[str]:
    """Yield what was set otherwise than the defaults when the hour was judged; nothing where it never was."""
    if not story.runs:
        return
    yield from operation_override_lines(story.operation, story.changes)
    judged = story.deviations.get(story.runs[0]["config_hash"], [])
    yield from override_lines(judged)
    if story.used is not None:
        of_baseline = story.deviations.get(story.used.baseline_config_hash or "", judged)
        yield from (f"For its baseline: {line}" for line in override_lines(unlike(of_baseline, judged)))


def _exclusions(story: Story) -> Iterator[str]:
    """Yield what baselines after the hour leave out of it, each interval once."""
    seen = set()
    for row in story.baselines:
        for part in row["excluded"] if row["as_of"] > story.hour_start and row["branch"] == ALL else ():
            start, end = (datetime.fromisoformat(part[name]) for name in ("from", "to"))
            if start < hour_end(story) and end > story.hour_start and (start, end) not in seen:
                seen.add((start, end))
                yield f"The baseline as of {_minute(row['as_of'])} leaves out {_interval_text(part)}."


def _notes(story: Story) -> Iterator[str]:
    for row in story.notes:
        window = f"{_minute(row['from_at'])} to {_minute(row['to_at'])}"
        if row["note"] == "mark":
            yield f"Known: {row['reason']}, {window}."
        elif row["note"] == "keep":
            yield f"{row['noted_by']} wants {window} kept in: {row['reason']}."
        else:
            yield f"{row['noted_by']} keeps {window} out (number {row['interval_id']}): {row['reason']}."


def _surroundings(story: Story) -> Iterator[str]:
    for group in story.groups:
        others = ", ".join(name for name in group["members"] if name != story.operation)
        began = "" if group["onset_at"] is None else f" from {_minute(group['onset_at'])} on"
        yield f"Slowed together with {others}{began}: {group['bottleneck']}. {group['recommendation']}"
    if story.surroundings:
        others = ", ".join(
            f"{row['operation']} ({'silent' if row['silent'] else _count(row['findings'], 'finding')}"
            f"{', alerting' if row['alerting'] else ''})"
            for row in story.surroundings
        )
        yield f"Other operations with findings in this hour: {others}."
    elif story.verdicts:
        yield "No other operation had a finding in this hour."


def _alerts(story: Story) -> Iterator[str]:
    for row in story.alerts:
        taken = "" if not row["acknowledged"] else f", {row['acknowledged']} acknowledged"
        yield (
            f"{_count(row['alerts'], 'alert')} of type {row['alert_type']} ({row['severity']}), the first is number "
            f"{row['first_alert_id']} at {_minute(row['first_at'])}{taken}."
        )
    sent = {row["alert_type"] for row in story.alerts}
    outcomes = {verdict.rule: verdict.outcome for verdict in story.verdicts if verdict.rule in hour_rule_names()}
    due = {point.RULE.name: "ANOMALY", silence.RULE.name: "SILENCE"}
    waiting = any(outcomes.get(rule) == "alert" and kind not in sent for rule, kind in due.items())
    closes = story.hour_start.replace(hour=0) + timedelta(days=1)
    day_alerts = any(
        row["alerted_by"] == row["kind"] != point.RULE.kind and row["window_end"] == closes for row in story.findings
    )
    if waiting or (day_alerts and "DEGRADATION" not in sent):
        yield "An alert is due but not written yet. To write it: oplatency alerts deliver"
    elif not sent and story.verdicts:
        yield "None."


def _interval_text(part: Row) -> str:
    start, end = (datetime.fromisoformat(part[name]) for name in ("from", "to"))
    return f"{_minute(start)} to {_minute(end)} ({part['origin']}: {part.get('reason', 'calls alerted')})"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M}"


def _ms(us: float) -> str:
    ms = us / 1000
    if ms < 0.1:
        return f"{us:.0f} µs"
    return f"{ms:,.0f} ms" if ms >= 100 else f"{ms:.1f} ms" if ms >= 10 else f"{ms:.2f} ms"


def _times(ratio: float) -> str:
    return f"{ratio:.1f} times as long" if ratio >= 1.05 else f"{ratio:.0%} of it".replace("%", " %")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def as_text(lines: Iterable[str]) -> str:
    """Return lines as one text that ends with a line end."""
    return "".join(f"{line}\n" for line in lines)
