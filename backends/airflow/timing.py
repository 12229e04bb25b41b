"""Dates and durations as the DAG file writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Union

from tfxc.backends.airflow.literals import Call, Code, Literal
from tfxc.backends.airflow.schedule import parse_schedule
from tfxc.backends.airflow.settings import AirflowSettings
from tfxc.schemas.quantities import parse_duration

_UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60))


def timespan(seconds: float) -> Call:
    """Returns a timedelta in the largest unit that it is a whole number of."""
    for name, length in _UNITS:
        if seconds and seconds % length == 0:
            return Call("timedelta", (), ((name, int(seconds / length)),))
    return Call("timedelta", (), (("seconds", int(seconds) if float(seconds).is_integer() else seconds),))


def duration(value: Union[int, float, str]) -> Call:
    """Returns a duration of the settings as a timedelta."""
    return timespan(parse_duration(value))


def day(text: str, settings: AirflowSettings) -> Call:
    """Returns a date of the settings as a datetime in their time zone."""
    moment = datetime.fromisoformat(text)
    parts = [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
    while len(parts) > 3 and parts[-1] == 0:
        parts.pop()
    zone = Code("timezone.utc" if settings.timezone == "UTC" else "ZONE")
    return Call("datetime", tuple(parts), (("tzinfo", zone),))


def timetable(settings: AirflowSettings) -> str:
    """Returns the timetable that the schedule needs, or ""."""
    if settings.schedule is None:
        return ""
    return {"preset": "", "cron": "CronDataIntervalTimetable", "duration": "DeltaDataIntervalTimetable"}[
        parse_schedule(settings.schedule).kind
    ]


def schedule(settings: AirflowSettings) -> Literal:
    """Returns the DAG's ``schedule``.

    Cron expressions and durations become a timetable with data intervals, because Airflow 2 and 3
    do not agree on what the same text would mean.
    """
    if settings.assets is not None:
        if settings.assets.any:
            return Call("AssetAny", tuple(Call("Asset", (uri,)) for uri in settings.assets.any))
        return [Call("Asset", (uri,)) for uri in settings.assets.all]
    if settings.schedule is None:
        return None
    parsed = parse_schedule(settings.schedule)
    if parsed.kind == "preset":
        return parsed.text
    if parsed.kind == "cron":
        return Call("CronDataIntervalTimetable", (parsed.text,), (("timezone", settings.timezone),))
    return Call("DeltaDataIntervalTimetable", (timespan(parsed.seconds),))
