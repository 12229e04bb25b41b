"""For how long TFX stays imported when a run is over, so that the next one need not wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Optional

from tfxc.backends.launcher.protocol.standby_connection import IDLE, idle_seconds

if TYPE_CHECKING:
    from tfxc.schemas.plan import Plan

DEFAULT = 300.0
"""Seconds."""


def seconds_to_stay(environment: Mapping[str, str], *, wanted: bool, plan: Optional[Plan] = None) -> float:
    """Returns for how many seconds; 0 means that the run's launcher is of its own and ends with it.

    In this order count: what the user wants of this run, the variable of this machine, that this is a job
    of CI, the Plan's setting. Without a Plan, which is read later than the launcher is started, its setting
    is taken for the default. Raises WrongUse for a variable that is no number.
    """
    if not wanted:
        return 0.0
    default = 0.0 if environment.get("CI", "").lower() in ("1", "true", "yes") else DEFAULT
    setting = None if plan is None else _setting(plan)
    if environment.get(IDLE) or not default or setting is None:
        return idle_seconds(environment, default)
    return setting


def _setting(plan: Plan) -> Optional[float]:
    """Returns what a Plan asks for; imported where it is used, since a launcher is started without a Plan."""
    from tfxc.backends.local.backend import settings_of
    from tfxc.schemas.quantities import parse_duration

    duration = settings_of(plan).keep_warm
    return None if duration is None else parse_duration(duration)
