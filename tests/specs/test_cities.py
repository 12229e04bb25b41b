"""specs/cities run for real: a model for each city, the best one pushed and asked."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).parents[2] / "specs"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
TWO_CITIES = "extends: pipeline.yaml\ncomponents:\n  example_gen: {matrix: {city: [rome, seville]}}\n"


def tfxc(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TFXC, *map(str, arguments)], capture_output=True, text=True, timeout=900, check=False
    )


def run(spec: Path, *arguments: object) -> dict[str, Any]:
    """Runs a spec with ``--json`` and returns the report."""
    done = tfxc("run", spec, "--json", *arguments)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def states(report: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in report["nodes"]}


@pytest.fixture(scope="module")
def cities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Returns a folder in which the pipeline has run with two cities, and what that run reported."""
    folder = tmp_path_factory.mktemp("cities") / "cities"
    shutil.copytree(
        SPECS / "cities", folder, ignore=shutil.ignore_patterns("runs", "serving", "data", "__pycache__")
    )
    subprocess.run(
        [sys.executable, folder / "make_data.py", "--hours", "600"], check=True, capture_output=True
    )
    (folder / "two.yaml").write_text(TWO_CITIES)
    return folder, run(folder / "two.yaml", "-P", "train_steps=60")


def test_the_best_model_is_pushed_and_answers(cities: tuple[Path, dict[str, Any]]) -> None:
    folder, report = cities
    assert set(states(report).values()) == {"succeeded"}, report
    evaluations = {each["node"]: each for each in report["evaluations"]}
    overall = {
        node: next(m["value"] for m in each["metrics"] if (m["slice"], m["name"]) == ("Overall", "auc"))
        for node, each in evaluations.items()
    }
    best = max(overall, key=lambda node: overall[node])
    city = best.removeprefix("evaluator.")
    assert any(f"`best` chose the model of `trainer[{city}]` among 2" in note for note in report["notes"])
    question = folder / "hours.csv"
    question.write_text("hour,weekend,temperature,rain\n17,0,15,0\n3,0,15,0\n")
    answer = tfxc("predict", folder / "two.yaml", "-i", question, "--json")
    assert answer.returncode == 0, answer.stderr
    rush_hour, night = (json.loads(line)["short"] for line in answer.stdout.splitlines())
    assert rush_hour > night


def test_its_blessing_is_of_the_model_that_it_gave(cities: tuple[Path, dict[str, Any]]) -> None:
    with sqlite3.connect(cities[0] / "runs" / "metadata.sqlite") as store:
        query = (
            "select p.int_value from ArtifactProperty p join Artifact a on a.id = p.artifact_id "
            "where a.uri like '%/best/blessing/%' and p.name = 'current_model_id'"
        )
        ((blessed,),) = store.execute(query).fetchall()
        ((uri,),) = store.execute("select uri from Artifact where id = ?", (blessed,)).fetchall()
    assert "/best/model/" in uri


def test_another_city_runs_alone_and_a_skipped_one_is_left_out(cities: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = cities
    (folder / "skip.yaml").write_text(
        TWO_CITIES
        + """\
  trainer: {when: '"{{ matrix.city }}" != "rome"'}
  best: {metric: AUC_of_mine, direction: maximize, slice: {weekend: 1}}
"""
    )
    report = run(folder / "skip.yaml", "-P", "train_steps=60")
    assert states(report) == {
        **dict.fromkeys(("example_gen.rome", "example_gen.seville", "schema_gen", "new_city"), "cached"),
        **dict.fromkeys(("transform.rome", "transform.seville"), "cached"),
        **dict.fromkeys(("trainer.seville", "evaluator.seville"), "cached"),
        **dict.fromkeys(("trainer.rome", "evaluator.rome"), "skipped"),
        "best": "failed",
        "pusher": "not_run",
    }
    (failed,) = [node for node in report["nodes"] if node["node"] == "best"]
    assert "evaluation of trainer[seville] has no metric AUC_of_mine" in failed["reason"]
    (folder / "skip.yaml").write_text((folder / "skip.yaml").read_text().replace("AUC_of_mine", "auc"))
    report = run(folder / "skip.yaml", "-P", "train_steps=60")
    assert states(report)["pusher"] == "succeeded"
    chosen = "`best` chose the model of `trainer[seville]` among 1: its auc of weekend:1 is"
    assert any(chosen in note for note in report["notes"])


def test_one_more_city_runs_alone(cities: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = cities
    three = folder / "three.yaml"
    three.write_text(TWO_CITIES.replace("[rome, seville]", "[rome, seville, berlin]"))
    alone = tfxc("run", three, "-P", "train_steps=60", "--only", "best")
    assert alone.returncode == 1
    assert (
        "`best` reads the outputs of `trainer[berlin]`, `evaluator[berlin]`, which no run has made yet: "
        "`tfxc run` with `--to best` makes them, and all that they need."
    ) in " ".join((alone.stdout + alone.stderr).split())
    found = states(run(three, "-P", "train_steps=60"))
    ran = {node for node, state in found.items() if state != "cached"}
    # a push is always made again: it acts in the world outside
    assert ran == {
        *(f"{name}.berlin" for name in ("example_gen", "transform", "trainer", "evaluator")),
        "best",
        "pusher",
    }
    assert set(found.values()) == {"succeeded", "cached"}
