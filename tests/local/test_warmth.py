"""For how long TFX stays imported after a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Optional

import pytest

from tfxc.backends.local.running.warmth import DEFAULT, seconds_to_stay
from tfxc.schemas.plan import Plan


@pytest.mark.parametrize(
    ("environment", "wanted", "setting", "seconds"),
    [
        ({}, True, None, DEFAULT),
        ({}, False, None, 0.0),
        ({}, True, "10m", 600.0),
        ({}, True, 0, 0.0),
        ({}, False, "10m", 0.0),
        ({"CI": "true"}, True, None, 0.0),
        ({"CI": "1"}, True, "10m", 0.0),
        ({"CI": "false"}, True, None, DEFAULT),
        ({"TFXC_STANDBY_IDLE": "0"}, True, "10m", 0.0),
        ({"TFXC_STANDBY_IDLE": "7"}, True, "10m", 7.0),
        ({"TFXC_STANDBY_IDLE": "7", "CI": "true"}, True, None, 7.0),
        ({"TFXC_STANDBY_IDLE": "7"}, False, None, 0.0),
    ],
)
def test_what_counts(
    environment: Mapping[str, str],
    wanted: bool,
    setting: Any,
    seconds: float,
    make_plan: Callable[..., Plan],
    make_node: Callable[..., Any],
) -> None:
    local: dict[str, Any] = {} if setting is None else {"local": {"keep_warm": setting}}
    plan: Optional[Plan] = make_plan(make_node("a"), backends=local)
    assert seconds_to_stay(environment, wanted=wanted, plan=plan) == seconds
