"""The report of the penguin example, run by TFX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


@pytest.fixture(scope="module")
def folder(real_runs: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of two runs of penguin: the second has a baseline and something from the cache."""
    folder = tmp_path_factory.mktemp("reported") / "penguin"
    left = real_runs.run_locally("penguin", folder, ({}, {"train_steps": 210}))
    assert [done.code for done in left.runs] == [0, 0]
    return folder


def run_ids(folder: Path) -> list[str]:
    runs = (folder / "root" / ".tfxc").glob("*/run.json")
    return [path.parent.name for path in sorted(runs, key=lambda path: path.stat().st_mtime)]


def test_the_latest_run_of_a_spec(real_runs: Any, folder: Path, tmp_path: Path) -> None:
    done = real_runs.tfxc("report", str(folder / "pipeline.yaml"), "-o", str(tmp_path))
    assert done.code == 0, done.output
    (page,) = tmp_path.iterdir()
    assert page.name == f"penguin-{run_ids(folder)[-1]}.html"
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 2_000_000
    for section in (
        "pipeline",
        "statistics_gen-statistics",
        "example_validator-anomalies",
        "transform-transform_graph",
        "trainer-model_run",
        "evaluator-evaluation",
        "models",
        "details",
        "lineage",
    ):
        assert f'<section id="{section}"' in text
    for words in (
        "bill_length_mm_xf",  # Transform
        "importing TFX",  # the Gantt chart
        "The model is blessed.",
        "change ≥ -0.02",  # a threshold that only a second run has
        "species:Chinstrap",
        "serving_default",
        ">cached<",
        "No anomalies",
    ):
        assert words in text
    assert 'id="omitted"' not in text


def test_an_earlier_run_by_its_folder_and_by_its_id(real_runs: Any, folder: Path, tmp_path: Path) -> None:
    first = run_ids(folder)[0]
    named = tmp_path / "named.html"
    placed = tmp_path / "placed.html"
    done = real_runs.tfxc("report", first, "--spec", str(folder / "pipeline.yaml"), "-o", str(named))
    assert done.code == 0, done.output
    run_folder = folder / "root" / ".tfxc" / first
    done = real_runs.tfxc("report", str(run_folder), "-o", str(placed))
    assert done.code == 0, done.output
    assert f"penguin: run {first}" in named.read_text()
    assert "there was no baseline model to compare with" in placed.read_text()
