"""What a spec may write as an Airflow schedule: a cron expression, a preset or a duration.

The two majors read the same cron string differently (Airflow 3 has no data interval by default), so
the DAG file never passes the string itself: it names the timetable that has one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tfxc.schemas.quantities import parse_duration

PRESETS = ("@once", "@continuous", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")
SCHEDULE_HELP = (
    "write a cron expression of five fields (`0 6 * * 1-5`), a preset "
    f"({', '.join(PRESETS)}) or a duration (`6h`)"
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]+))?", re.ASCII)


@dataclass(frozen=True)
class TimeSchedule:
    """A schedule by time. ``text`` is a preset or a cron expression, ``seconds`` is for durations."""

    kind: Literal["preset", "cron", "duration"]
    text: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


def parse_schedule(text: str) -> TimeSchedule:
    """Returns what a schedule text means. Raises ValueError with a sentence if it means nothing."""
    text = " ".join(text.split())
    if text.startswith("@"):
        if text not in PRESETS:
            raise ValueError(f"`{text}` is not a preset: there are {', '.join(PRESETS)}")
        kind: Literal["preset", "cron"] = "preset" if text in ("@once", "@continuous") else "cron"
        return TimeSchedule(kind, text)
    if " " in text:
        _check_cron(text)
        return TimeSchedule("cron", text)
    try:
        seconds = parse_duration(text)
    except ValueError:
        raise ValueError(f"`{text}` is no schedule: {SCHEDULE_HELP}") from None
    if seconds < 1:
        raise ValueError("a schedule by duration must be a second at least")
    return TimeSchedule("duration", seconds=seconds)


def _check_cron(text: str) -> None:
    """Raises ValueError with a sentence if the text is not a cron expression that ever comes true."""
    words = text.lower().split(" ")
    if len(words) != len(_FIELDS):
        raise ValueError(f"a cron expression has five fields, but `{text}` has {len(words)}")
    fields = [_field_values(field, word) for field, word in zip(_FIELDS, words, strict=True)]
    days, months, any_weekday = fields[2], fields[3], words[4] == "*"
    if any_weekday and not any(day <= _LONGEST_MONTH[month - 1] for day in days for month in months):
        raise ValueError(f"`{text}` names a day that none of its months has")


def _field_values(field: _Field, word: str) -> set[int]:
    """Returns the numbers that one field of a cron expression stands for."""
    values: set[int] = set()
    for part in word.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"`{part}` is no {field.name} of a cron expression")
        first, last, step = match.groups()
        if first == "*" and last is not None:
            raise ValueError(f"`{part}` is no {field.name} of a cron expression")
        lowest = field.lowest if first == "*" else _number(field, first)
        highest = lowest if last is None else _number(field, last)
        if first == "*" or (last is None and step is not None):
            highest = field.highest
        if highest < lowest or step == "0" * len(step or "-"):
            raise ValueError(f"`{part}` is no {field.name} of a cron expression: it holds nothing")
        values.update(range(lowest, highest + 1, int(step or 1)))
    return values


def _number(field: _Field, word: str) -> int:
    if word in field.names:
        return field.names.index(word) + field.lowest
    if not word.isdigit() or len(word) > 4 or not field.lowest <= int(word) <= field.highest:
        raise ValueError(f"`{word}` is no {field.name}: it goes from {field.lowest} to {field.highest}")
    return int(word)
