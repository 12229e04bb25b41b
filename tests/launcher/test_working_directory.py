"""A component that changes the working directory changes nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import SqliteMetadata

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def count(store: Path, table: str) -> int:
    with sqlite3.connect(store) as database:
        (found,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)


@pytest.fixture
def other(launcher: Any, plans: Any, project: Path, tmp_path: Path) -> Path:
    """Another project with a store of its own at the same place."""
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "steps.py").write_bytes((project / "steps.py").read_bytes())
    plan = plans.plan_of(folder, plans.step("make", "Make", outputs=DATASET))
    assert launcher.open(plan, folder).node("make").state == "succeeded"
    return folder


@pytest.mark.parametrize("fails", [False, True])
def test_what_an_executor_made_is_recorded_in_its_own_project(
    launcher: Any, plans: Any, project: Path, other: Path, fails: bool
) -> None:
    arguments = {"to": plans.value(str(other)), "fail": plans.value(fails)}
    node = plans.step("wander", "Wander", arguments=arguments, outputs=DATASET)
    before = (other / "runs/metadata.sqlite").read_bytes()
    result = launcher.open(plans.plan_of(project, node), project).node("wander")
    assert (other / "runs/metadata.sqlite").read_bytes() == before
    assert not (other / "runs/wander").exists()
    assert count(project / "runs/metadata.sqlite", "Execution") == 1
    if fails:
        assert result.state == "failed"
        assert "lost" in result.error.message
        assert not list((project / "runs/wander/made").iterdir())
        return
    assert result.state == "succeeded"
    (folder,) = (project / "runs/wander/made").iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["after", "before"]
    # What is recorded can still be moved with its project.
    with sqlite3.connect(project / "runs/metadata.sqlite") as database:
        (uri,) = database.execute("SELECT uri FROM Artifact").fetchone()
    assert uri == f"runs/wander/made/{folder.name}"
    assert result.artifacts[0].properties["note"] == f"{uri}/after"


def test_a_module_that_wanders_when_it_is_imported(
    launcher: Any, plans: Any, project: Path, other: Path
) -> None:
    with (project / "steps.py").open("a") as stream:
        stream.write(f"os.chdir({str(other)!r})\n")
    before = (other / "runs/metadata.sqlite").read_bytes()
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("copy", "Copy", inputs={"source": plans.channel("make.made", "Dataset")}, outputs=DATASET),
    )
    results = launcher.open(plan, project).all()
    assert {node: each.state for node, each in results.items()} == {"make": "succeeded", "copy": "succeeded"}
    assert (other / "runs/metadata.sqlite").read_bytes() == before


def test_with_a_store_elsewhere(launcher: Any, plans: Any, project: Path, other: Path) -> None:
    store = SqliteMetadata(path=str(project / "elsewhere/metadata.sqlite"))
    node = plans.step("wander", "Wander", arguments={"to": plans.value("/")}, outputs=DATASET)
    result = launcher.open(plans.plan_of(project, node, metadata=store), project).node("wander")
    assert result.state == "succeeded"
    assert count(project / "elsewhere/metadata.sqlite", "Artifact") == 1
