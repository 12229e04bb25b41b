"""No interpreter that imports TFX looks for modules in the working directory; the user's are found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.kubeflow.emit.container import TASK_MODULE
from tfxc.schemas.start import SAFE_PATH, WITHOUT_WORKING_DIRECTORY, launcher_command, python_command

TFXC = [
    sys.executable,
    *SAFE_PATH,
    "-c",
    f"{WITHOUT_WORKING_DIRECTORY}from tfxc.compiler.cli import main; main()",
]
OTHERS = (
    "absl",
    "apache_beam",
    "attr",
    "google",
    "keras",
    "numpy",
    "pydantic",
    "schemas",
    "six",
    "tfx",
    "yaml",
)


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A folder with a file for each module of Python's and some more, which ends whoever imports it."""
    for name in {*sys.stdlib_module_names, *OTHERS} - set(sys.builtin_module_names):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name} of the working directory')\n")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [launcher_command(sys.executable, "--help"), python_command(sys.executable, TASK_MODULE, ["--help"])],
)
def test_nothing_is_imported_from_the_working_directory(trap: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=trap, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["tfxc.backends.launcher", "tfxc.backends.kubeflow.task"])
def test_what_people_type_imports_nothing_from_there_either(tmp_path: Path, module: str) -> None:
    for name in ("calendar", "logging", "pydantic", "argparse", "json"):
        (tmp_path / f"{name}.py").write_text(f"raise SystemExit('{name} of the working directory')\n")
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_folders_that_the_user_names_are_searched(tmp_path: Path) -> None:
    (tmp_path / "pydantic.py").write_text("raise SystemExit('asked for')\n")
    done = subprocess.run(
        launcher_command(sys.executable, "--help"),
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "asked for\n")


STEPS = '''
"""A component that starts processes of its own."""

import multiprocessing

import helper
from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.experimental.simple_artifacts import Dataset


@component
def Spawn(made: OutputArtifact[Dataset], method: Parameter[str]):
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool:
        made.set_int_custom_property("sum", pool.apply(helper.add, (1, 2)))
'''
SPEC = """
version: 1
name: trap
components:
  spawn: {type: ours/parts.py:Spawn, method: spawn}
  forkserver: {type: ours/parts.py:Spawn, method: forkserver}
  fresh: {type: ours/parts.py:Spawn, method: spawn, execution: {env: {TF_ENABLE_ONEDNN_OPTS: "0"}}}
  example_gen:
    type: CsvExampleGen
    input_base: data
    execution: {beam_pipeline_args: [--direct_running_mode=multi_processing, --direct_num_workers=1]}
"""


@pytest.mark.tfx
@pytest.mark.timeout(600)
def test_a_run_in_such_a_folder(trap: Path) -> None:
    """Each way that a node's interpreter starts, and what nodes start themselves."""
    (trap / "ours").mkdir()
    (trap / "ours/parts.py").write_text(STEPS)
    (trap / "ours/helper.py").write_text("def add(a, b):\n    return a + b\n")
    (trap / "data").mkdir()
    (trap / "data/numbers.csv").write_text("a,b\n" + "1,2\n" * 30)
    (trap / "pipeline.yaml").write_text(SPEC)
    done = subprocess.run(
        [*TFXC, "run", "pipeline.yaml", "--json"], cwd=trap, capture_output=True, text=True, check=False
    )
    report: Any = json.loads(done.stdout)
    states = {node["node"]: node["state"] for node in report["nodes"]}
    assert set(states.values()) == {"succeeded"}, (report, done.stderr)


@pytest.mark.tfx
def test_one_node_and_the_standby_launcher_in_such_a_folder(trap: Path) -> None:
    (trap / "ours").mkdir()
    (trap / "ours/parts.py").write_text(STEPS)
    (trap / "ours/helper.py").write_text("def add(a, b):\n    return a + b\n")
    (trap / "pipeline.yaml").write_text(SPEC)
    (trap / "data").mkdir()
    (trap / "data/numbers.csv").write_text("a,b\n1,2\n")
    subprocess.run([*TFXC, "compile", "pipeline.yaml", "-b", "local", "-o", "bundle"], cwd=trap, check=True)
    for run, more in (("1", ()), ("2", ("--warm",))):
        arguments = ("--plan", "bundle", "--node", "spawn", "--run-id", run)
        done = subprocess.run(
            launcher_command(sys.executable, "run-node", *arguments, *more),
            cwd=trap,
            env={**os.environ, "XDG_RUNTIME_DIR": str(trap), "TFXC_STANDBY_IDLE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
