"""What is written runs: data sets of five kinds are learnt, evaluated as blessed, pushed, and asked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

Data = Callable[[str], tuple[Path, str]]
TFXC = str(Path(sys.executable).with_name("tfxc"))


def tfxc(*arguments: object) -> str:
    done = subprocess.run(
        [TFXC, *map(str, arguments)], capture_output=True, text=True, timeout=800, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def diabetes(folder: Path) -> tuple[Path, str]:
    """Regression on numbers: scikit-learn's, of 442 patients."""
    from sklearn.datasets import load_diabetes

    path = folder / "diabetes.csv"
    load_diabetes(as_frame=True, scaled=False).frame.to_csv(path, index=False)
    return path, "target"


def tumours(folder: Path) -> tuple[Path, str]:
    """Two classes, with names of columns that have blanks in them: scikit-learn's, of 569 patients."""
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer(as_frame=True)
    frame = loaded.frame.assign(target=[loaded.target_names[number] for number in loaded.target])
    path = folder / "tumours.csv"
    frame.rename(columns={"target": "what it is"}).to_csv(path, sep=";", decimal=",")
    return path, "what it is"


def shop(folder: Path) -> tuple[Path, str]:
    """Parquet with zeros, gaps, truths, times, and what no feature is made of."""
    import datetime
    import random

    import pyarrow
    from pyarrow import parquet

    dice = random.Random(5)
    rows = []
    for number in range(400):
        share, items = dice.gauss(0, 1), dice.choice([0, 1, 2])
        rows.append(
            {
                "share": share if number % 40 else None,
                "items": items,
                "is_new": dice.random() < 0.5,
                "at": datetime.datetime(2024, 1 + number % 12, 1 + number % 28),
                "tags": ["x"] * (number % 3),
                "paid": share + items > 1,
            }
        )
    path = folder / "shop.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), str(path))
    return path, "paid"


MADE: dict[str, Callable[[Path], tuple[Path, str]]] = {"diabetes": diabetes, "tumours": tumours, "shop": shop}


ANSWERS = {
    "penguins": {"class", "probabilities"},
    "diabetes": {"prediction"},
    "houses": {"prediction"},
    "tumours": {"class", "probability"},
    "reviews": {"class", "probabilities"},
    "squares": {"class", "probability"},
    "shop": {"class", "probability"},
}
"""data set → what the model that is made for it answers with"""


@pytest.mark.parametrize("name", ANSWERS)
def test_project_learns_and_answers(name: str, data: Data, tmp_path: Path) -> None:
    path, label = MADE[name](tmp_path) if name in MADE else data(name)
    folder = tmp_path / "project"
    tfxc("init", folder, "--data", path, "--label", label)
    report = json.loads(tfxc("run", folder, "--json"))
    assert report["anomalies"] == []
    assert [each["blessed"] for each in report["evaluations"]] == [True]
    assert [each["servable"] for each in report["models"]] == [True]
    assert [each["pushed"] for each in report["pushes"]] == [True]
    copy = next(iter((folder / "data").iterdir()))
    answers = [json.loads(line) for line in tfxc("predict", folder, "-i", copy, "--json").splitlines()]
    assert all(set(each) == ANSWERS[name] for each in answers)
    if name == "penguins":
        _edits_run_what_they_concern(folder)
    if name == "houses":
        _gaps_and_zeros_are_told_apart(folder)


def _edits_run_what_they_concern(folder: Path) -> None:
    """A change of the model leaves the features cached; one of the features does not."""
    model, columns = folder / "models" / "model.py", folder / "features" / "columns.py"
    model.write_text(model.read_text().replace("UNITS = 32", "UNITS = 24"))
    states = _states(json.loads(tfxc("run", folder, "--json")))
    assert {states[node] for node in ("example_gen", "statistics_gen", "transform")} == {"cached"}
    assert states["trainer"] == states["evaluator"] == "succeeded"
    columns.write_text(columns.read_text().replace('    "year",\n', ""))
    states = _states(json.loads(tfxc("run", folder, "--json")))
    assert states["example_gen"] == "cached"
    assert states["transform"] == states["trainer"] == "succeeded"


def _gaps_and_zeros_are_told_apart(folder: Path) -> None:
    """Plain values: a zero is one, an unknown text and a wrong date are no mistakes."""
    house = {"Grosse_m2": 100.0, "rooms": 3, "sold_on": "2024-01-01", "street": "none", "agent": "Zoe"}
    question = folder / "question.jsonl"
    question.write_text(
        "\n".join(json.dumps(house | change) for change in ({}, {"rooms": 0}, {"sold_on": "?"}))
    )
    answers = tfxc("predict", folder, "-i", question, "--signature", "columns", "--json").splitlines()
    values = [json.loads(line)["prediction"] for line in answers]
    assert len({str(value) for value in values}) == 3


def _states(report: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in report["nodes"]}


def test_the_test_of_a_project_passes(data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    path, label = data("measurements")
    folder = tmp_path / "project"
    tfxc("init", folder, "--data", path, "--label", label)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout
