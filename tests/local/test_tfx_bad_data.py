"""What TFX cannot digest: one clear sentence that names the node and the file, exit 1, nothing lost."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).parents[2] / "specs"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    folder = tmp_path / "penguin"
    shutil.copytree(
        SPECS / "penguin", folder, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__")
    )
    return folder / "pipeline.yaml"


@pytest.fixture
def inferring(spec: Path) -> Path:
    """Returns the spec with a schema that is inferred anew in each run."""
    frozen = "type: ImportSchemaGen\n    schema_file: schema/schema.pbtxt"
    text = spec.read_text()
    assert frozen in text
    spec.write_text(text.replace(frozen, "type: SchemaGen\n    statistics: statistics_gen.statistics"))
    return spec


def failing(spec: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """Runs what must fail, and returns the report and the summary."""
    command = [*TFXC, "run", str(spec), "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=spec.parent)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout), done.stderr


def message_of(report: dict[str, Any], node: str) -> str:
    """Returns the sentence of the one node that failed."""
    (failed,) = [each for each in report["nodes"] if each["state"] == "failed"]
    assert failed["node"] == node
    message: str = failed["error"]["message"]
    assert message.startswith(f"`{node}` failed: ")
    assert "\n" not in message
    assert len(message) < 400
    return message


def rows(spec: Path) -> list[str]:
    return (spec.parent / "data/penguins.csv").read_text().splitlines()


def no_folder(folder: Path, lines: list[str]) -> str:
    return str(folder)


def an_empty_folder(folder: Path, lines: list[str]) -> str:
    folder.mkdir()
    return str(folder)


def an_empty_file(folder: Path, lines: list[str]) -> str:
    folder.mkdir()
    (folder / "penguins.csv").touch()
    return str(folder / "penguins.csv")


def a_broken_line(folder: Path, lines: list[str]) -> str:
    folder.mkdir()
    (folder / "penguins.csv").write_text("\n".join([*lines[:99], 'Adelie,"unclosed,1,2', *lines[99:]]) + "\n")
    return f"{folder / 'penguins.csv'}, line 100"


@pytest.mark.parametrize("make", [no_folder, an_empty_folder, an_empty_file, a_broken_line])
def test_data_that_cannot_be_read(spec: Path, make: Callable[[Path, list[str]], str]) -> None:
    named = make(spec.parent / "other", rows(spec))
    report, _ = failing(spec, "-P", "data=other", "--to", "example_gen")
    assert named in message_of(report, "example_gen")


def test_a_split_without_examples_is_named_where_it_matters(inferring: Path) -> None:
    spec = inferring
    (spec.parent / "other").mkdir()
    (spec.parent / "other/penguins.csv").write_text("\n".join(rows(spec)[:2]) + "\n")
    report, _ = failing(spec, "-P", "data=other", "--to", "transform")
    assert "` as deprecated, as SchemaGen does with columns that some split has no" in message_of(
        report, "transform"
    )
    (note,) = (each for each in report["notes"] if each.startswith("`schema_gen` has marked `"))
    assert " as deprecated, because the split `eval` has no examples: " in note


def test_a_label_column_that_is_not_there(inferring: Path) -> None:
    spec = inferring
    (spec.parent / "other").mkdir()
    without = "\n".join(line.partition(",")[2] for line in rows(spec)) + "\n"
    (spec.parent / "other/penguins.csv").write_text(without)
    report, _ = failing(spec, "-P", "data=other")
    message = message_of(report, "transform")
    assert "species" in message
    assert "features.py, line " in message
    states = {each["node"]: each["state"] for each in report["nodes"]}
    assert states["example_validator"] == "succeeded"
    assert states["pusher"] == "not_run"

    # Nothing is lost: with the column back, what was finished is re-used.
    command = [*TFXC, "run", str(spec), "--json", "-P", "data=other", "--to", "statistics_gen"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True, cwd=spec.parent)
    again = {each["node"]: each["state"] for each in json.loads(done.stdout)["nodes"]}
    assert again == {"example_gen": "cached", "statistics_gen": "cached"}


def test_a_column_that_a_frozen_schema_requires(spec: Path) -> None:
    (spec.parent / "other").mkdir()
    without = "\n".join(line.partition(",")[2] for line in rows(spec)) + "\n"
    (spec.parent / "other/penguins.csv").write_text(without)
    report, _ = failing(spec, "-P", "data=other", "--to", "transform")
    assert "the feature `species` is not what the schema says: an example has no value of it" in message_of(
        report, "transform"
    )
    report, _ = failing(spec, "-P", "data=other")
    missing = [each for each in report["anomalies"] if each["feature"] == "species"]
    assert {each["split"] for each in missing} == {"train", "eval"}


def test_metadata_that_is_no_sqlite(spec: Path) -> None:
    before = (spec.parent / "data/penguins.csv").read_bytes()
    spec.write_text(spec.read_text().replace("runs/metadata.sqlite", "data/penguins.csv"))
    command = [*TFXC, "run", str(spec)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=spec.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the metadata file {spec.parent / 'data/penguins.csv'} is no SQLite database" in done.stderr
    assert (spec.parent / "data/penguins.csv").read_bytes() == before


def test_a_module_that_fails_is_shown_with_the_users_own_line(spec: Path) -> None:
    module = spec.parent / "models" / "model.py"
    text = module.read_text()
    broken = text.replace(
        "def run_fn(", "def run_fn(*_):\n    raise ValueError('no good\\nat all')\n\n\ndef _other("
    )
    assert broken != text
    module.write_text(broken)
    line = 1 + broken[: broken.index("raise ValueError")].count("\n")
    command = [*TFXC, "run", str(spec), "--to", "trainer"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=spec.parent)
    assert done.returncode == 1
    assert "`trainer` failed: " in done.stdout
    assert "no good" in done.stdout
    assert f'File "models/model.py", line {line}, in run_fn' in done.stdout
    assert "site-packages" not in done.stdout
    assert len(done.stdout.splitlines()) < 80
