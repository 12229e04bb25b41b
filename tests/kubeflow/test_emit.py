"""The bundle: golden pipelines, deterministic bytes, and nothing of the machine that compiled it.

To write the golden files anew after a change that was meant: TFXC_UPDATE_GOLDEN=1 pytest tests/kubeflow
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from tfxc.backends.kubeflow import BACKEND
from tfxc.backends.kubeflow.conformance.check import check_text
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_file import load_plan

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
Emit = Callable[[Plan], Mapping[str, str]]
Documents = Callable[[Plan], list[dict[str, Any]]]
GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).resolve().parents[2]


def golden(name: str, text: str) -> str:
    """Returns the golden file's text, after writing it if that is asked for."""
    file = GOLDEN / name
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


def test_the_smallest_pipeline(make_plan: MakePlan, emit: Emit) -> None:
    files = emit(make_plan())
    assert files["pipeline.yaml"] == golden("smallest.yaml", files["pipeline.yaml"])


@pytest.mark.parametrize("name", ["pipeline.yaml", "Dockerfile", "README.md"])
def test_everything_that_is_honoured(full_plan: Plan, emit: Emit, name: str) -> None:
    files = emit(full_plan)
    assert files[name] == golden(f"full.{name}", files[name])


def test_the_backend_accepts_what_is_written(full_plan: Plan, make_plan: MakePlan, emit: Emit) -> None:
    for plan in (full_plan, make_plan()):
        assert check_text(emit(plan)["pipeline.yaml"]).findings == ()


def test_the_same_plan_gives_the_same_bytes(full_plan: Plan) -> None:
    modules = {PurePosixPath("modules/0/steps.py"): b"print()\n"}
    one, other = BACKEND.emit(full_plan, modules).files, BACKEND.emit(full_plan, modules).files
    assert dict(one) == dict(other)
    assert list(one) == list(other)


def test_another_process_gives_the_same_bytes(full_plan: Plan, tmp_path: Path) -> None:
    code = (
        "import hashlib, sys; from tfxc.backends.kubeflow import BACKEND;"
        "from tfxc.schemas.plan_file import load_plan;"
        "files = BACKEND.emit(load_plan(sys.stdin.read()), {}).files;"
        "print(hashlib.sha256(b''.join(files[key] for key in sorted(files))).hexdigest())"
    )
    files = BACKEND.emit(full_plan, {}).files
    here = hashlib.sha256(b"".join(files[key] for key in sorted(files))).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=full_plan.to_json(),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"},
        check=True,
    )
    assert done.stdout.strip() == here


def test_the_plan_and_the_modules_go_along(full_plan: Plan, emit: Emit) -> None:
    files = emit(full_plan)
    assert load_plan(files["plan.json"]) == full_plan
    assert files["modules/0/steps.py"] == "print()\n"


def test_nothing_is_of_this_machine(full_plan: Plan, emit: Emit) -> None:
    for name, text in emit(full_plan).items():
        assert str(ROOT) not in text, name
        assert str(Path.home()) not in text, name


def test_texts_of_the_spec_stay_texts(
    make_node: MakeNode, make_plan: MakePlan, hostile: str, emit: Emit
) -> None:
    plan = make_plan(
        make_node("first", description=hostile, execution={"env": {"TEXT": hostile}}),
        description=hostile,
        parameters=[
            {"name": "p", "type": "str", "required": False, "default": hostile, "description": hostile}
        ],
    )
    files = emit(plan)
    assert check_text(files["pipeline.yaml"]).findings == ()
    (spec,) = yaml.safe_load_all(files["pipeline.yaml"])
    parameter = spec["root"]["inputDefinitions"]["parameters"]["p"]
    assert parameter["defaultValue"] == hostile
    (variable,) = spec["deploymentSpec"]["executors"]["exec-first"]["container"]["env"]
    assert variable["value"].replace("$$", "$") == hostile
    instructions = re.findall(r"^[A-Z]+(?= )", files["Dockerfile"], re.MULTILINE)
    assert instructions == [
        "FROM",
        "ENV",
        "WORKDIR",
        "COPY",
        "RUN",
        "COPY",
        "COPY",
        "ENV",
        "USER",
        "ENTRYPOINT",
    ]


def test_each_task_says_which_plan_it_is_of(
    make_node: MakeNode, make_plan: MakePlan, documents: Documents
) -> None:
    def digest(plan: Plan) -> str:
        arguments = documents(plan)[0]["deploymentSpec"]["executors"]["exec-first"]["container"]["args"]
        return str(arguments[arguments.index("--plan") + 1])

    plan = make_plan(make_node("first"))
    assert digest(plan) == hashlib.sha256(plan.to_json().encode()).hexdigest()[:16]
    assert digest(plan) != digest(make_plan(make_node("first", description="another")))


def test_only_tasks_after_a_condition_have_one(
    make_node: MakeNode, make_plan: MakePlan, documents: Documents
) -> None:
    truth = {"truth": True}
    plan = make_plan(
        make_node("a"),
        make_node("b", "a", when=truth),
        make_node("c", "b", "a"),
        make_node("d", "c"),
        make_node("e", "a"),
    )
    tasks = documents(plan)[0]["root"]["dag"]["tasks"]
    conditions = {key: task.get("triggerPolicy", {}).get("condition") for key, task in tasks.items()}
    assert conditions == {
        "a": None,
        "b": None,
        "c": "inputs.parameter_values['tfxc-state-of-b'] != 'skipped'",
        "d": "inputs.parameter_values['tfxc-state-of-c'] != 'skipped'",
        "e": None,
    }


def test_kfp_caches_nothing(full_plan: Plan, documents: Documents) -> None:
    spec = documents(full_plan)[0]
    tasks = [
        *spec["root"]["dag"]["tasks"].values(),
        *spec["components"]["comp-exit-handler"]["dag"]["tasks"].values(),
    ]
    assert all(not task.get("cachingOptions", {}).get("enableCache") for task in tasks)


def test_retries_never_end_before_they_are_used_up(full_plan: Plan, documents: Documents) -> None:
    policy = documents(full_plan)[0]["components"]["comp-exit-handler"]["dag"]["tasks"]["stats"][
        "retryPolicy"
    ]
    assert policy == {
        "maxRetryCount": 3,
        "backoffDuration": "2s",
        "backoffFactor": 2.0,
        "backoffMaxDuration": "315360000s",
    }


def test_run_date_makes_a_parameter(make_node: MakeNode, make_plan: MakePlan, documents: Documents) -> None:
    value = {"value": {"$reference": "run.date"}}
    with_date = documents(make_plan(make_node("first", arguments={"day": value})))[0]["root"]
    assert with_date["inputDefinitions"]["parameters"]["run_date"]["isOptional"] is True
    assert "inputDefinitions" not in documents(make_plan())[0]["root"]


def test_a_parameter_run_date_of_the_spec_is_not_replaced(
    make_node: MakeNode, make_plan: MakePlan, documents: Documents
) -> None:
    plan = make_plan(
        make_node("first", arguments={"day": {"value": {"$reference": "run.date"}}}),
        parameters=[{"name": "run_date", "type": "int", "required": True}],
    )
    spec = documents(plan)[0]
    assert spec["root"]["inputDefinitions"]["parameters"] == {"run_date": {"parameterType": "NUMBER_INTEGER"}}
    assert spec["components"]["comp-first"]["inputDefinitions"]["parameters"]["run_date"] == {
        "parameterType": "NUMBER_INTEGER"
    }


@pytest.mark.parametrize("root", ["s3://bucket/x", "minio://mlpipeline/x"])
def test_object_stores_bring_what_reads_them(make_plan: MakePlan, emit: Emit, root: str) -> None:
    assert "\ntensorflow-io==" in emit(make_plan(pipeline_root=root))["requirements.txt"]
    assert "\ntensorflow-io==" not in emit(make_plan())["requirements.txt"]


def test_the_image_has_the_locked_environment(make_plan: MakePlan, emit: Emit) -> None:
    """`uv run python tests/container/export_environment.py` brings it up to date."""
    exported = subprocess.run(
        [
            *("uv", "export", "--quiet", "--locked", "--extra", "tfx", "--no-dev", "--no-hashes"),
            *("--no-emit-project", "--no-header", "--no-annotate"),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout.split("\n")
    assert emit(make_plan())["requirements.txt"].split("\n") == exported


def test_the_wheel_is_the_tfxc_that_compiled(make_plan: MakePlan) -> None:
    files = BACKEND.emit(make_plan(), {}).files
    (name,) = (path for path in files if path.suffix == ".whl")
    with zipfile.ZipFile(io.BytesIO(files[name])) as wheel:
        assert wheel.testzip() is None
        own = Path(sys.modules["tfxc.backends.kubeflow.emit.container"].__file__ or "").read_bytes()
        assert wheel.read("tfxc/backends/kubeflow/emit/container.py") == own
        record = next(each for each in wheel.namelist() if each.endswith("RECORD"))
        listed = {line.split(",")[0] for line in wheel.read(record).decode().splitlines()}
        assert listed == set(wheel.namelist())
        assert not [each for each in wheel.namelist() if "__pycache__" in each]


def test_the_wheel_can_be_installed_and_run(make_plan: MakePlan, emit: Emit, tmp_path: Path) -> None:
    plan = make_plan()
    for path, content in BACKEND.emit(plan, {}).files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)],
        check=True,
    )
    # The task of another plan is refused: so the wheel's code has read the bundle.
    done = subprocess.run(
        [
            *(sys.executable, "-S", "-c"),
            "import site, sys; sys.path.insert(0, sys.argv.pop(1)); sys.path.append(sys.argv.pop(1));"
            "from tfxc.backends.kubeflow.task import command; assert 'site' in command.__file__;"
            "sys.exit(command.main())",
            str(tmp_path / "site"),
            str(Path(yaml.__file__).parents[1]),
            *("--node", "first", "--plan", "0" * 16, "--executor-input", "{}"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.returncode, "of different compilations" in done.stderr) == (2, True), done.stderr


def test_the_messages_are_json(full_plan: Plan, documents: Documents) -> None:
    for document in documents(full_plan):
        json.dumps(document, allow_nan=False)
