"""What a run whose process was killed has left is settled by the next one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

RUNNING, COMPLETE, FAILED = 2, 3, 4  # ml_metadata.proto: Execution.State


def states(project: Path) -> list[int]:
    with sqlite3.connect(project / "runs/metadata.sqlite") as database:
        return [row[0] for row in database.execute("SELECT last_known_state FROM Execution ORDER BY id")]


def test_executions_of_dead_runs_are_settled_and_no_others(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(project, plans.step("make", "Make", outputs={"made": "Dataset"}))
    dead, alive = (launcher.open(plan, project, cache=False) for _ in range(2))
    left = [Path(run.node("make").artifacts[0].uri) for run in (dead, alive)]
    with sqlite3.connect(project / "runs/metadata.sqlite") as database:
        database.execute("UPDATE Execution SET last_known_state = ?", [RUNNING])
    launcher.open(plan, project, dead_runs=(dead.context.run_id, "never-was"))
    assert states(project) == [FAILED, RUNNING]
    assert [folder.exists() for folder in left] == [False, True]
