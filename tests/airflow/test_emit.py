"""The bundle: golden DAG files, deterministic bytes, and no code made of a spec's strings.

To write the golden files anew after a change that was meant: TFXC_UPDATE_GOLDEN=1 pytest tests/airflow
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.airflow import BACKEND
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_file import load_plan

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
Emit = Callable[[Plan], Mapping[str, str]]
FOLDER = Path(__file__).parent / "golden"


def dag_file(files: Mapping[str, str]) -> str:
    (name,) = (name for name in files if name.endswith(".py") and "/" not in name)
    return files[name]


def test_the_golden_plans_have_no_errors(golden: tuple[str, Plan]) -> None:
    assert BACKEND.check(golden[1]) == []


def test_dag_files_are_the_golden_ones(golden: tuple[str, Plan], emit: Emit) -> None:
    name, plan = golden
    path = FOLDER / f"{name}.py"
    text = dag_file(emit(plan))
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("line_length", [88, 110])
def test_dag_files_are_formatted_and_clean(tmp_path: Path, line_length: int) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--no-cache", "--line-length", str(line_length), str(FOLDER)]
    formatted = subprocess.run([*ruff, "format", "--diff", *options], capture_output=True, text=True)
    assert formatted.stdout == ""
    # Airflow 2.11 and 3 both run on Python 3.10.
    checked = subprocess.run(
        [*ruff, "check", "--target-version", "py310", *options], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_dag_files_import_airflow_and_the_standard_library_only(golden: tuple[str, Plan], emit: Emit) -> None:
    allowed = {*sys.stdlib_module_names, "airflow"}
    # The clients of Docker and Kubernetes come with Airflow's providers for them.
    allowed |= {"docker"} if golden[0].startswith("docker") else set()
    allowed |= {"kubernetes"} if golden[0].startswith("kubernetes") else set()
    for statement in ast.walk(ast.parse(dag_file(emit(golden[1])))):
        if isinstance(statement, ast.Import):
            assert all(name.name.split(".")[0] in allowed for name in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            assert (statement.module or "").split(".")[0] in allowed


def test_a_bundle_has_the_plan_and_the_modules(golden: tuple[str, Plan], emit: Emit) -> None:
    files = emit(golden[1])
    assert load_plan(files["plan.json"]) == golden[1]
    assert files["modules/0/steps.py"] == "print()\n"
    assert files[".airflowignore"].splitlines()[:2] == ["modules/", "^modules$"]
    assert set(json.loads(files["docs.json"])["nodes"]) == {node.id for node in golden[1].nodes}


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path, golden_plans: Mapping[str, Plan]) -> None:
    program = (
        "import sys\n"
        "from tfxc.backends.airflow import BACKEND\n"
        "from tfxc.schemas.plan_file import load_plan\n"
        "for path in sys.argv[1:]:\n"
        "    for name, content in BACKEND.emit(load_plan(open(path).read()), {}).files.items():\n"
        "        print(name, content)\n"
    )
    paths = []
    here = []
    for name, plan in golden_plans.items():
        path = tmp_path / f"{name}.json"
        path.write_text(plan.to_json())
        paths.append(str(path))
        here += [f"{file} {content}" for file, content in BACKEND.emit(plan, {}).files.items()]
    done = subprocess.run(
        [sys.executable, "-c", program, *paths],
        capture_output=True,
        text=True,
        check=True,
        # Text has other hashes there than here.
        env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
    )
    assert done.stdout.splitlines() == here


def test_nothing_of_this_machine_is_in_a_bundle(golden: tuple[str, Plan], emit: Emit) -> None:
    here = str(Path(__file__).resolve().parents[2])
    assert not any(here in text for text in emit(golden[1]).values())


def test_hostile_strings_are_only_ever_constants(
    emit: Emit, golden_plans: Mapping[str, Plan], hostile_text: str
) -> None:
    tree = ast.parse(dag_file(emit(golden_plans["hostile"])))
    constants = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    assert hostile_text in constants
    names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    assert "os" not in names


def test_the_yaml_of_a_node_cannot_leave_its_fence(
    make_node: MakeNode, make_plan: MakePlan, emit: Emit
) -> None:
    node = make_node("first", arguments={"text": {"value": "```\n<script>\n````"}})
    text = json.loads(emit(make_plan(node))["docs.json"])["nodes"]["first"]
    assert text.startswith("`````yaml\n")
    assert text.endswith("\n`````\n")


def test_documentation_shows_a_node_as_the_spec_has_it(make_plan: MakePlan, emit: Emit) -> None:
    node: dict[str, Any] = {
        "id": "push",
        "description": "Serves the model.",
        "component": {"kind": "standard", "type": "Pusher", "class_path": "tfx.components:Pusher"},
        "inputs": {"model": [{"node": "train", "output": "model", "artifact_type": "Model"}]},
        "arguments": {
            "folder": {"value": {"$path": {"$concatenate": [{"$reference": "parameters.out"}, "/x"]}}},
            "literal": {"value": {"$mapping": {"$reference": "text"}}},
        },
        "when": {
            "operator": "and",
            "terms": [
                {
                    "operator": "==",
                    "left": {
                        "node": "evaluate",
                        "output": "blessing",
                        "artifact_type": "ModelBlessing",
                        "field": "custom_property",
                        "name": "blessed",
                    },
                    "right": {"value": 1},
                },
                {"operator": "not", "terms": [{"truth": {"$reference": "parameters.dry"}}]},
            ],
        },
        "execution": {"retries": 2, "env": {"A": {"$reference": "env.B"}}},
    }
    documents = json.loads(emit(make_plan(node, description="A | B"))["docs.json"])
    assert documents["nodes"]["push"] == (
        "Serves the model.\n\n"
        "```yaml\n"
        "push:\n"
        "  type: Pusher\n"
        "  model: train.model\n"
        "  folder: '{{ parameters.out }}/x'\n"
        "  literal:\n"
        "    $reference: text\n"
        "  when: evaluate.blessing.custom_properties.blessed == 1 and (not {{ parameters.dry }})\n"
        "  execution:\n"
        "    retries: 2\n"
        "    env:\n"
        "      A: '{{ env.B }}'\n"
        "```\n"
    )
    assert "| `push` | Pusher | Serves the model. |" in documents["pipeline"]


@pytest.mark.parametrize("name", ["docker", "kubernetes"])
def test_container_operators_bring_what_their_image_is_built_from(
    golden_plans: Mapping[str, Plan], emit: Emit, name: str
) -> None:
    files = emit(golden_plans[name])
    assert "COPY modules/ modules/" in files["Dockerfile"]
    assert "WORKDIR /pipeline" in files["Dockerfile"]
    assert "tfx==" in files["requirements.txt"]
    assert any(path.startswith("wheels/tfxc-") for path in files)
    assert "Dockerfile" not in emit(golden_plans["minimal"])


def test_pools_are_brought_along(golden_plans: Mapping[str, Plan], emit: Emit) -> None:
    files = emit(golden_plans["scheduled"])
    assert json.loads(files["pools.json"]) == {
        "gpu": {"slots": 2, "description": "One slot an accelerator.", "include_deferred": False}
    }
    assert "pools.json" not in emit(golden_plans["minimal"])
