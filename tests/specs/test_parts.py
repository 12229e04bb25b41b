"""specs/parts run for real: a spec of features and one of a model, included in a pipeline."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

PARTS = Path(__file__).parents[2] / "specs" / "parts"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
FEATURES = ("statistics_gen", "schema_gen", "example_validator", "transform")


def run(spec: Path, *arguments: object) -> dict[str, Any]:
    """Runs a spec with ``--json`` and returns the report."""
    command = [*TFXC, "run", str(spec), "--json", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def states(report: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in report["nodes"]}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Returns a folder in which the pipeline has run, and what that run reported."""
    folder = tmp_path_factory.mktemp("parts") / "parts"
    shutil.copytree(PARTS, folder, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__"))
    return folder, run(folder / "pipeline.yaml")


def test_a_model_of_each_size_is_pushed_and_the_best_is_chosen(parts: tuple[Path, dict[str, Any]]) -> None:
    folder, report = parts
    assert set(states(report).values()) == {"succeeded"}, report
    assert set(states(report)) == {
        "example_gen",
        *(f"features.{name}" for name in FEATURES),
        *(f"models.{units}.{name}" for units in (2, 16) for name in ("trainer", "evaluator", "pusher")),
        "best",
    }
    assert all(list((folder / "serving" / units).glob("*/saved_model.pb")) for units in ("2", "16"))
    assert any("`best` chose the model of `models[" in note for note in report["notes"])
    question = folder / "question.csv"
    question.write_text("bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g\n39.1,18.7,181,3750\n")
    command = [*TFXC, "predict", folder / "serving" / "16", "-i", question, "--json"]
    answer = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, check=False)
    assert "Adelie" in answer.stdout, answer.stderr


def test_another_size_runs_alone(parts: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = parts
    (folder / "more.yaml").write_text(
        "extends: pipeline.yaml\ncomponents:\n  models: {matrix: {units: [2, 16, 4]}}\n"
    )
    found = states(run(folder / "more.yaml"))
    ran = {node for node, state in found.items() if state != "cached"}
    # a push is always made again: it acts in the world outside
    assert ran - {"models.2.pusher", "models.16.pusher"} == {
        *(f"models.4.{name}" for name in ("trainer", "evaluator", "pusher")),
        "best",
    }


def test_the_features_run_by_themselves(parts: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = parts
    report = run(folder / "features" / "pipeline.yaml")
    assert states(report) == dict.fromkeys(("example_gen", *FEATURES), "succeeded")
