"""Ejected programs, run as their README says, come to the end that their specs say."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.compiler.ejecting.program import program_of
from tfxc.compiler.ejecting.write import write_ejected

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).resolve().parents[2] / "specs"
SMALLER: dict[str, dict[str, Any]] = {
    "penguin": {"train_steps": {"default": 60}, "min_accuracy": {"default": 0.3}},
    "custom": {"min_score": {"default": 2.0}, "count": {"default": 20}},
}
"""Specs, with defaults under which a run is short; no model of custom is good enough to be published."""
COMPLETE = 3
"""MLMD's number for an execution that is done."""


@dataclass(frozen=True)
class Ended:
    """What a run left: where, the states of its nodes, and its artifacts' whole-numbered properties."""

    folder: Path
    states: dict[str, set[int]]
    numbers: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Spec → what `python pipeline.py` left; they run side by side."""
    folder = tmp_path_factory.mktemp("ejected-runs")
    started = {name: _started(name, folder / name) for name in SMALLER}
    said = {name: each.communicate()[0] for name, each in started.items()}
    for name, each in started.items():
        assert each.returncode == 0, said[name][-3000:]
    return {name: _left(folder / name / "work") for name in SMALLER}


def _started(name: str, folder: Path) -> subprocess.Popen[str]:
    work = folder / "work"
    shutil.copytree(SPECS / name, work, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__"))
    overlay = {"version": 1, "extends": "pipeline.yaml", "parameters": SMALLER[name]}
    (work / "small.yaml").write_text(json.dumps(overlay), encoding="utf-8")
    checked = check(work / "small.yaml")
    assert checked.plan is not None, checked.diagnostics
    program = folder / "plain"
    write_ejected(program_of(checked.plan, work), program, name, work)
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", str(program / "pipeline.py")],
        cwd=work,
        env={**os.environ, "UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _left(folder: Path) -> Ended:
    states: dict[str, set[int]] = {}
    numbers: dict[str, dict[str, int]] = {}
    with closing(sqlite3.connect(folder / "runs" / "metadata.sqlite")) as store:
        for node, state in store.execute(
            "SELECT Context.name, Execution.last_known_state FROM Execution "
            "JOIN Association ON Association.execution_id = Execution.id "
            "JOIN Context ON Context.id = Association.context_id "
            "JOIN Type ON Type.id = Context.type_id WHERE Type.name = 'node'"
        ):
            states.setdefault(node.partition(".")[2], set()).add(state)
        for kind, name, value in store.execute(
            "SELECT Type.name, ArtifactProperty.name, ArtifactProperty.int_value FROM Artifact "
            "JOIN Type ON Type.id = Artifact.type_id "
            "JOIN ArtifactProperty ON ArtifactProperty.artifact_id = Artifact.id"
        ):
            if value is not None:
                numbers.setdefault(kind, {})[name] = value
    return Ended(folder, states, numbers)


def test_a_model_is_trained_blessed_and_pushed(ended: dict[str, Ended]) -> None:
    run = ended["penguin"]
    plan = check(SPECS / "penguin" / "pipeline.yaml").plan
    assert plan is not None
    assert run.states == {node.id: {COMPLETE} for node in plan.nodes}
    assert run.numbers["ModelBlessing"]["blessed"] == 1
    pushed = list((run.folder / "serving").glob("*/saved_model.pb"))
    assert len(pushed) == 1


def test_components_of_ones_own_run_and_a_condition_skips(ended: dict[str, Ended]) -> None:
    run = ended["custom"]
    ran = {node for node, states in run.states.items() if states == {COMPLETE}}
    assert ran == {"collect", "fit", "score", "audit", "report"}
    assert not (run.folder / "runs" / "out" / "published").exists()
    assert "is over" in (run.folder / "runs" / "out" / "report.txt").read_text(encoding="utf-8")
