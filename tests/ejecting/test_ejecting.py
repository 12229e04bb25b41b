"""Ejected programs are readable Python that ruff has nothing to say about, and nothing is lost on the way."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from tfxc.compiler.cli import app
from tfxc.compiler.driver import check
from tfxc.compiler.ejecting.expressions import written
from tfxc.compiler.ejecting.program import Ejected, program_of

SPECS = Path(__file__).resolve().parents[2] / "specs"
NAMES = sorted(path.parent.name for path in SPECS.glob("*/pipeline.yaml"))


def ejected(spec: Path) -> Ejected:
    checked = check(spec)
    assert checked.plan is not None
    return program_of(checked.plan, checked.loaded.folder)


def of_text(folder: Path, components: str) -> Ejected:
    spec = folder / "pipeline.yaml"
    spec.write_text(f"version: 1\nname: example\ncomponents:\n{components}", encoding="utf-8")
    return ejected(spec)


def test_ruff_has_nothing_to_say_of_them(tmp_path: Path) -> None:
    for name in NAMES:
        made = ejected(SPECS / name / "pipeline.yaml")
        for path in made.modules:
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).touch()
        (tmp_path / name / "pipeline.py").write_text(made.program, encoding="utf-8")
        # In its folder: there it finds which modules are the pipeline's own.
        assert ruff(tmp_path / name, "check", "--select", "E,F,I,UP") == ""
    assert ruff(tmp_path, "format", "--diff") == ""


def ruff(folder: Path, *command: str) -> str:
    """Returns what ruff says of the programs below a folder; "" if that is nothing."""
    programs = [str(path.relative_to(folder)) for path in sorted(folder.rglob("pipeline.py"))]
    rules = ["--isolated", "--line-length", "110", *programs]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, *rules],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_parameters_are_the_arguments_of_the_function() -> None:
    made = ejected(SPECS / "penguin" / "pipeline.yaml").program
    assert "train_steps: int = 200" in made
    assert '{"num_steps": train_steps}, trainer_pb2.TrainArgs()' in made
    assert 'module_file=str(HERE / "models/model.py")' in made


def test_what_plain_tfx_lacks_is_told_and_a_comment(tmp_path: Path) -> None:
    made = of_text(tmp_path, "  gen: {type: CsvExampleGen, input_base: data, execution: {retries: 2}}\n")
    assert made.missing == ("gen: TFX's local runner does not honour `retries`",)
    assert "    # gen: TFX's local runner does not honour `retries`\n    gen = CsvExampleGen(" in made.program


def test_what_reads_from_a_node_that_is_left_out_is_left_out() -> None:
    missing = ejected(SPECS / "cities" / "pipeline.yaml").missing
    assert "best is left out: BestModel is tfxc's own" in missing
    assert any("pusher is left out: it reads from `best`" in each for each in missing)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(VALUES.filter(lambda value: "inf" not in repr(value)))
def test_every_value_is_written_as_itself(value: Any) -> None:
    assert ast.literal_eval(written(value, "", "")) == value


def test_the_command(tmp_path: Path) -> None:
    runner = typer.testing.CliRunner()
    arguments = ["eject", str(SPECS / "penguin"), "-o", str(tmp_path / "plain")]
    result = runner.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "plain" / "models" / "model.py") in json.loads(result.stdout)["modules"]
    assert "create_pipeline" in (tmp_path / "plain" / "README.md").read_text(encoding="utf-8")
    again = runner.invoke(app, arguments)
    assert again.exit_code == 2
    assert "none is ever overwritten" in again.output


@pytest.mark.parametrize("name", NAMES)
def test_the_program_is_python(name: str) -> None:
    ast.parse(ejected(SPECS / name / "pipeline.yaml").program)
