"""Schedules: what is one, what is not, and what it becomes."""

from __future__ import annotations

import pytest

from tfxc.backends.airflow.schedule import TimeSchedule, parse_schedule


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 6 * * mon-fri",
        "*/15 0-6,22 1,15 jan-JUN 0",
        "0 0 29 2 *",
        "0 0 31 2 1",
        "5/10 * * * *",
    ],
)
def test_cron_expressions(text: str) -> None:
    assert parse_schedule(text) == TimeSchedule("cron", text)


@pytest.mark.parametrize("text", ["@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly"])
def test_presets_with_an_interval_are_cron_expressions(text: str) -> None:
    assert parse_schedule(text).kind == "cron"


@pytest.mark.parametrize("text", ["@once", "@continuous"])
def test_presets_without_an_interval(text: str) -> None:
    assert parse_schedule(text) == TimeSchedule("preset", text)


def test_durations() -> None:
    assert parse_schedule("1h30m") == TimeSchedule("duration", seconds=5400)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 6 * *", "five fields, but `0 6 \\* \\*` has 4"),
        ("0 6 * * * *", "five fields"),
        ("60 * * * *", "`60` is no minute: it goes from 0 to 59"),
        ("0 24 * * *", "`24` is no hour"),
        ("0 0 0 * *", "`0` is no day of the month"),
        ("0 0 * smarch *", "`smarch` is no month"),
        ("0 0 * * 8", "`8` is no day of the week"),
        ("0 6-3 * * *", "`6-3` is no hour of a cron expression: it holds nothing"),
        ("*/0 * * * *", "holds nothing"),
        ("0 0 31 feb,apr *", "names a day that none of its months has"),
        (";id * * * *", "no minute"),
        ("@dayly", "`@dayly` is not a preset"),
        ("daily", "`daily` is no schedule: write a cron expression"),
        ("0s", "a second at least"),
        ("", "is no schedule"),
    ],
)
def test_what_is_no_schedule_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_schedule(text)
