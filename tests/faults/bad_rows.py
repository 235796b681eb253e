"""Calls that the gate must refuse, by the fault they stand for, with the reason and the detail it must give."""

from __future__ import annotations

COLUMNS = (
    "operation",
    "started_at",
    "ended_at",
    "duration_us",
    "duration_ms",
    "period_start",
    "event_id",
    "branch",
    "user",
    "session",
    "rows_affected",
    "memory_bytes",
    "cpu_us",
    "metadata",
    "error",
)
CALL = {"operation": "commit", "started_at": "2026-03-09T10:00:00Z", "duration_us": "5000"}
Case = tuple[dict[str, str], str, str]

NOT_A_NUMBER: dict[str, Case] = {
    f"{column} {text}": ({"duration_us": "", column: text}, "non_finite", f"{column} {text} is not finite")
    for column, text in (
        ("duration_us", "NaN"),
        ("duration_us", "nan"),
        ("duration_ms", "NAN"),
        ("duration_ms", "-nan"),
    )
}
INFINITE: dict[str, Case] = {
    f"{column} {text}": ({"duration_us": "", column: text}, "non_finite", f"{column} {text} is not finite")
    for column, text in (
        ("duration_us", "Infinity"),
        ("duration_us", "-inf"),
        ("duration_us", "1e400"),
        ("duration_ms", "1e99999"),
    )
}
NEGATIVE: dict[str, Case] = {
    "microseconds": ({"duration_us": "-5"}, "negative_duration", "duration_us is -5"),
    "milliseconds": ({"duration_us": "", "duration_ms": "-0.5"}, "negative_duration", "duration_ms is -0.5"),
    "claimed": ({"duration_ms": "-5"}, "negative_duration", "duration_ms is -5"),
}
NOT_POSITIVE: dict[str, Case] = {
    "nothing": ({"duration_us": "0"}, "not_positive", "the duration is 0 us"),
    "a part of a microsecond": ({"duration_us": "0.4"}, "not_positive", "the duration is 0.4 us"),
    "ends as it starts": (
        {"duration_us": "1", "ended_at": "2026-03-09T10:00:00Z"},
        "not_positive",
        "ended_at 2026-03-09T10:00:00Z is started_at",
    ),
    "no milliseconds claimed": ({"duration_us": "1", "duration_ms": "0.0"}, "not_positive", "duration_ms is 0.0"),
}
BACKWARDS: dict[str, Case] = {
    "ends before it starts": (
        {"ended_at": "2026-03-09T09:59:59.995Z"},
        "end_before_start",
        "ended_at 2026-03-09T09:59:59.995Z is before started_at 2026-03-09T10:00:00Z",
    )
}
INCONSISTENT: dict[str, Case] = {
    "end": (
        {"ended_at": "2026-03-09T10:00:00.005002Z"},
        "inconsistent_duration",
        "ended_at - started_at is 5002 us, the duration is 5000 us",
    ),
    "milliseconds": (
        {"duration_ms": "5.0011"},
        "inconsistent_duration",
        "duration_ms 5.0011 and duration_us 5000 differ",
    ),
    "end against milliseconds": (
        {"duration_us": "", "duration_ms": "5", "ended_at": "2026-03-09T10:00:05Z"},
        "inconsistent_duration",
        "ended_at - started_at is 5000000 us, the duration is 5000 us",
    ),
    "period": (
        {"period_start": "2026-03-08"},
        "inconsistent_period",
        "period_start 2026-03-08 is not the UTC day of 2026-03-09T10:00:00Z",
    ),
    "period that is no midnight": (
        {"period_start": "2026-03-09T00:00:01Z"},
        "inconsistent_period",
        "period_start 2026-03-09T00:00:01Z",
    ),
}
FUTURE: dict[str, Case] = {
    "three days": ({"started_at": "2026-03-13T12:00:00Z"}, "future_timestamp", "started_at 2026-03-13T12:00:00Z"),
    "just too far": ({"started_at": "2026-03-10T12:10:00.000001Z"}, "future_timestamp", "is after its arrival"),
}
OUT_OF_RANGE: dict[str, Case] = {
    text: ({"started_at": text}, "timestamp_out_of_range", f"started_at {text}")
    for text in ("1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "infinity", "-infinity", "1999-12-31T23:59:59Z")
}
NO_INSTANT: dict[str, Case] = {
    text: ({"started_at": text}, "bad_timestamp", f"started_at {text} is no ISO 8601 instant")
    for text in (
        "1e20",
        "yesterday",
        "2026-02-29T00:00:00Z",
        "2026-03-09T10:00:00+99:00",
        "2026-03-09",
        "0000-01-01T00:00Z",
    )
} | {
    "end": ({"ended_at": "soon"}, "bad_timestamp", "ended_at soon is no ISO 8601 instant"),
    "period": ({"period_start": "Monday"}, "bad_timestamp", "period_start Monday is no day"),
}
NAIVE: dict[str, Case] = {
    "start": (
        {"started_at": "2026-03-09T10:00:00"},
        "naive_timestamp",
        "started_at 2026-03-09T10:00:00 has no offset from UTC",
    ),
    "end": (
        {"ended_at": "2026-03-09 10:00:00.005"},
        "naive_timestamp",
        "ended_at 2026-03-09 10:00:00.005 has no offset from UTC",
    ),
}
NAMES: dict[str, Case] = {
    "no name": ({"operation": ""}, "blank_name", "the operation has no name"),
    "spaces": ({"operation": "   "}, "blank_name", "the operation has no name"),
    "blank branch and user": ({"branch": " ", "user": "  "}, "blank_name", "branch, user is given, but blank"),
    "too long": ({"operation": "x" * 10_000}, "name_too_long", "a name has 10000 characters, more than 200"),
    "long user": ({"user": "x" * 201}, "name_too_long", "a name has 201 characters, more than 200"),
    "bell": ({"operation": "com\x07mit"}, "control_characters", r'"com\u0007mit'),
    "newline in a branch": ({"branch": "a\nb"}, "control_characters", r"a\nb"),
    "all branches": ({"branch": "(all)"}, "reserved_name", "branch (all) stands for all, or for none"),
    "an operation for all": ({"operation": "(all)"}, "reserved_name", "operation (all) stands for all, or for none"),
    "unknown": (
        {"branch": "(unknown)", "user": "(unknown)"},
        "reserved_name",
        "branch (unknown), user (unknown) stands for all, or for none",
    ),
}
OTHERS: dict[str, Case] = {
    "no start": ({"started_at": ""}, "missing_start", "there is no started_at"),
    "no duration": ({"duration_us": ""}, "missing_duration", "there is no duration_us, duration_ms or ended_at"),
    "no number": ({"duration_us": "5 ms"}, "bad_number", "duration_us 5 ms is not a number"),
    "claim is not a number": ({"duration_ms": "0x5"}, "bad_number", "duration_ms 0x5 is not a number"),
    "too long for a number": ({"duration_us": "9" * 401}, "bad_number", "duration_us 9999"),
    "a year and more": ({"duration_us": "31536000000001"}, "duration_out_of_range", "31536000000001 us, over a year"),
    "count": ({"rows_affected": "-1"}, "bad_number", "rows_affected -1 is no whole number"),
    "two counts": (
        {"memory_bytes": "1.5", "cpu_us": "x"},
        "bad_number",
        "memory_bytes 1.5, cpu_us x is no whole number",
    ),
    "digits of another script": ({"rows_affected": "\u0663"}, "bad_number", "rows_affected \u0663 is no whole number"),
    "metadata cut off": ({"metadata": '{"a": '}, "bad_metadata", 'metadata {"a":  is not a JSON object'),
    "metadata with nan": ({"metadata": '{"a": NaN}'}, "bad_metadata", 'metadata {"a": NaN} is not a JSON object'),
    "metadata that is a list": ({"metadata": "[1]"}, "bad_metadata", "metadata [1] is not a JSON object"),
    "metadata too deep": ({"metadata": "[" * 100_000}, "bad_metadata", "is not a JSON object"),
}
HORIZON: dict[str, Case] = {
    "just too old": (
        {"started_at": "2025-12-10T11:59:59.999999Z"},
        "beyond_horizon",
        "is older than 2025-12-10 12:00:00+00",
    ),
    "400 days": (
        {"started_at": "2025-02-03T00:00:00Z"},
        "beyond_horizon",
        "started_at 2025-02-03T00:00:00Z is older than",
    ),
}
GROUPS = {
    "F01": NOT_A_NUMBER,
    "F02": INFINITE,
    "F03": NEGATIVE,
    "F04": BACKWARDS | NOT_POSITIVE,
    "F05": INCONSISTENT,
    "F06": FUTURE,
    "F07": OUT_OF_RANGE | NO_INSTANT,
    "F08": NAIVE,
    "F21": NAMES,
    "F31": HORIZON,
    "other": OTHERS,
}

NASTY = [
    "", " ", "\t", "\x01", "\x7f", "\u0085", "\u00a0", "\u200b", "\u3000", "\ufeff", "\ufffe", "\u0663", "\U0010ffff",
    "0", "-0", "+1", "1e-5000", "1e99999", "9" * 300, "1e308", "-1e308", ".5", "5.", "NaN", "Infinity", "null", "true",
    "2026-03-09T10:00:00+99:00", "2026-03-09T10:00:00+15:59:59", "2026-03-09T10:00:00-1600", "2026-03-09T24:00:00Z",
    "2026-03-09T25:00:00Z", "2026-03-09T10:60:00Z", "2026-03-09T10:00:61Z", "2026-13-01T00:00Z", "2026-03-09T10:00:60",
    "0000-00-00T00:00:00Z", "9999-12-31T23:59:60Z", "epoch", "now", "today", "2026-03-09", "2026-03-09T10:00:00 Z",
    "{}", "[]", '{"a": 1e999999}', '{"a": 1e99999}', '{"a": ' + "9" * 5000 + "}", '{"a": {"a": ' * 5000, "{" * 20_000,
    '{"\\u0000": 1}', '"\\ud800"',
    "(all)", "(unknown)", "'; drop table oplatency.metrics; --", "%s %(run_token)s", "{{ conn.x }}", "\\", "\\N", "\\.",
    "x" * 9000, "\U0001f4a5" * 200, "../../etc/passwd", "\u202egpj.exe", "=1+1", "<script>",
]  # fmt: skip
"""Text that no column but the odd one can hold."""
