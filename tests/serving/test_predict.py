"""`tfxc predict`, as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Optional

import pytest

from tests.serving.served import TFXC

pytestmark = pytest.mark.tfx

PENGUINS = (
    "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex\n"
    "Adelie,Torgersen,39.1,18.7,181,3750,male\n"
    "Gentoo,Biscoe,46.1,13.2,211,4500,female\n"
    "Adelie,Torgersen,,,,,\n"
)


def predict(*arguments: Any, text: Optional[str] = None) -> subprocess.CompletedProcess[str]:
    command = [*TFXC, "predict", *map(str, arguments)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=300)


def test_a_specs_pushed_model(penguin: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(PENGUINS)
    done = predict(penguin / "pipeline.yaml", "--input", file, "--json")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["species"] for answer in answers[:2]] == [["Adelie"], ["Gentoo"]]
    assert all(sum(answer["probabilities"]) == pytest.approx(1, abs=1e-4) for answer in answers)
    assert done.stderr == "note: columns that are not used: species\n"


def test_examples_of_a_run(penguin: Path) -> None:
    examples = next(penguin.glob("runs/example_gen/**/Split-eval/*.gz"))
    done = predict(penguin / "serving", "-i", examples, "--output-format", "csv")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "probabilities,species"
    assert len(lines) > 50


def test_the_signature_is_explained(penguin: Path) -> None:
    done = predict(penguin / "pipeline.yaml", "--explain", "--json")
    said = json.loads(done.stdout)
    assert said["takes_examples"]
    assert {each["name"]: each["type"] for each in said["inputs"]}["body_mass_g"] == "int64"
    assert [each["name"] for each in said["outputs"]] == ["probabilities", "species"]
    assert "body_mass_g" in predict(penguin / "pipeline.yaml", "--explain").stdout


def test_named_tensors(models: Path) -> None:
    numbers = predict(models / "half_plus_two", "-i", "-", "--format", "csv", text="x\n1\n2.5\n")
    assert numbers.stdout.splitlines()[2:] == ["2.5", "3.25"]
    row = '{"a": [1, 2], "b": 3, "t": "x", "f": true}\n'
    mixed = predict(models / "mixed" / "1", "-i", "-", "--format", "jsonl", "--json", text=row)
    assert json.loads(mixed.stdout) == {
        "flag": False,
        "number": 3,
        "pair": [1.0, 2.0],
        "text": "x!",
        "text_bytes": "x",
        "total": 6.0,
    }
    regress = predict(
        models / "half_plus_two", "--signature", "regress_x", "-i", "-", "--format", "csv", text="x\n2\n"
    )
    assert regress.stdout.splitlines()[-1] == "3"


@pytest.mark.parametrize(
    ("arguments", "text", "code", "reason"),
    [
        ((), None, 2, "say what to ask about"),
        (("-i", "nothing.csv"), None, 2, "`nothing.csv` is no file"),
        (("-i", "-"), "", 2, "needs --format"),
        (("-i", "-", "--format", "csv"), "", 1, "is empty"),
        (("-i", "-", "--format", "csv"), "x\na\n", 1, 'standard input:2: column `x`: "a" is no float'),
        (("-i", "-", "--format", "csv"), "y\n1\n", 1, "there is no column `x`, which the model needs"),
        (("--explain", "--signature", "regres_x"), None, 2, "did you mean `regress_x`?"),
        (("--explain", "--version", "7"), None, 2, "has no version 7; there are: 1."),
        (("-i", "-", "--format", "csv", "--output-format", "x"), "x\n1\n", 2, "there are text, jsonl, csv"),
    ],
)
def test_mistakes_are_a_sentence(
    models: Path, arguments: tuple[str, ...], text: Optional[str], code: int, reason: str
) -> None:
    done = predict(models / "half_plus_two", *arguments, text=text)
    assert (done.returncode, done.stdout) == (code, "")
    assert reason in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")


def test_a_spec_without_a_pushed_model_is_a_sentence(penguin: Path, tmp_path: Path) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text((penguin / "pipeline.yaml").read_text())
    for name in ("features", "models"):
        shutil.copytree(penguin / name, tmp_path / name)
    done = predict(spec, "--explain")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: `pusher` has pushed no model to")


def test_a_broken_model_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"nothing")
    done = predict(tmp_path, "--explain")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "cannot be loaded" in done.stderr
