"""No execution writes into a folder that another one has had, whatever became of the metadata store."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import SqliteMetadata

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def make(plans: Any, project: Path, **fields: Any) -> Any:
    return plans.plan_of(project, plans.step("make", "Make", outputs=DATASET), **fields)


def files(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (project / "runs").rglob("*") if path.is_file()}


def test_a_new_store_leaves_what_a_lost_one_had_made(launcher: Any, plans: Any, project: Path) -> None:
    first = launcher.open(make(plans, project), project).node("make")
    store = project / "runs/metadata.sqlite"
    store.unlink()
    before = files(project)
    second = launcher.open(make(plans, project), project, cache=False).node("make")
    assert (first.execution_id, second.execution_id) == (1, 1)
    assert first.artifacts[0].uri != second.artifacts[0].uri
    store.unlink()
    assert before.items() <= files(project).items()


def test_two_stores_below_one_root_are_kept_apart(launcher: Any, plans: Any, project: Path) -> None:
    uris = set()
    for name in ("one", "two"):
        store = SqliteMetadata(path={"$path": f"{name}.sqlite"})
        result = launcher.open(make(plans, project, metadata=store), project).node("make")
        assert result.execution_id == 1
        uris.add(result.artifacts[0].uri)
    assert len(uris) == 2


def test_a_failed_attempt_in_one_store_removes_nothing_of_another(
    launcher: Any, plans: Any, project: Path
) -> None:
    good = plans.step("die", "Die", outputs=DATASET, arguments=_die(plans, project))
    (project / "mark").write_text("")
    assert launcher.open(plans.plan_of(project, good), project).node("die").state == "succeeded"
    before = files(project)
    shutil.move(project / "runs/metadata.sqlite", project / "away.sqlite")
    (project / "mark").unlink()
    assert launcher.open(plans.plan_of(project, good), project, cache=False).node("die").state == "failed"
    (project / "runs/metadata.sqlite").unlink()
    before.pop(project / "runs/metadata.sqlite")
    assert files(project) == before


def test_outputs_that_a_partial_run_took_over_outlive_it(launcher: Any, plans: Any, project: Path) -> None:
    nodes = (
        plans.step("make", "Make", outputs=DATASET),
        plans.step("fail", "Copy", inputs={"source": plans.channel("make.made", "Dataset")}, outputs=DATASET),
    )
    plan = plans.plan_of(project, *nodes)
    made = launcher.open(plan, project).all()["make"].artifacts[0].uri
    assert launcher.open(plan, project, nodes=("fail",), cache=False).node("fail").state == "succeeded"
    assert (Path(made) / "text").read_text() == "made"


def _die(plans: Any, project: Path) -> dict[str, Any]:
    return {"number": plans.value(9), "mark": plans.value(str(project / "mark"))}
