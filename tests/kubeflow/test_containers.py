"""Containers as components on Kubeflow Pipelines: three tasks in a group, the second in the user's image."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.kubeflow import BACKEND
from tfxc.backends.kubeflow.conformance.check import check_text
from tfxc.backends.kubeflow.emit.container_node import word_values
from tfxc.backends.launcher.protocol.messages import ContainerCall
from tfxc.schemas.plan import (
    ContainerComponent,
    Plan,
    PlanArgument,
    PlanChannel,
    PlanExecution,
    PlanNode,
    Resources,
)
from tfxc.schemas.plan_values import concatenation, container_input, container_output, reference

GOLDEN = Path(__file__).parent / "golden" / "container.pipeline.yaml"
Emit = Callable[[Plan], Mapping[str, str]]


def container(node: str = "score", **fields: Any) -> PlanNode:
    """Returns a container that reads what `first` makes."""
    component = ContainerComponent(
        image="registry/scorer:1.2",
        command=("score", container_input("data", "uri")),
        args=(
            concatenation(["--to=", container_output("scores", "uri"), "/x"]),
            "$HOME costs $(5)",
            container_input("limit", "value"),
        ),
    )
    values: dict[str, Any] = {
        "component": component,
        "inputs": {"data": (PlanChannel(node="first", output="made", artifact_type="Dataset"),)},
        "outputs": {"scores": "Dataset"},
        "arguments": {"limit": PlanArgument(value=0.5, execution_property="limit")},
        "upstream": ("first",),
        "execution": PlanExecution(
            retries=2,
            retry_delay=5.0,
            timeout=600.0,
            env={"COLOUR": "red"},
            resources=Resources(cpu=2, memory=2**30),
        ),
        **fields,
    }
    return PlanNode(id=node, **values)


@pytest.fixture
def plan(make_node: Any, make_plan: Any) -> Callable[..., Plan]:
    """Returns a function that gives a Plan: a node, a container that reads it, and one that reads that."""

    def make(score: PlanNode, **fields: Any) -> Plan:
        reader = make_node(
            "last",
            "score",
            inputs={"scores": (PlanChannel(node="score", output="scores", artifact_type="Dataset"),)},
        )
        made: Plan = make_plan(make_node("first", outputs={"made": "Dataset"}), score, reader, **fields)
        return made

    return make


def spec_of(files: Mapping[str, str]) -> Any:
    return next(yaml.safe_load_all(files["pipeline.yaml"]))


def test_a_container_is_a_group_that_the_backend_accepts(plan: Any, emit: Emit) -> None:
    files = emit(plan(container()))
    assert check_text(files["pipeline.yaml"]).findings == ()
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        GOLDEN.write_text(files["pipeline.yaml"], encoding="utf-8")
    assert files["pipeline.yaml"] == GOLDEN.read_text(encoding="utf-8")


def test_the_users_image_has_what_the_spec_says_and_ours_has_not(plan: Any, emit: Emit) -> None:
    spec, platform = yaml.safe_load_all(emit(plan(container()))["pipeline.yaml"])
    executors = {
        name: each["container"]
        for name, each in spec["deploymentSpec"]["executors"].items()
        if "score" in name
    }
    own = executors.pop("exec-score-container")
    assert own["image"] == "registry/scorer:1.2"
    assert own["command"] == ["score", "{{$.inputs.parameters['tfxc-command-1']}}"]
    assert own["args"] == [
        "{{$.inputs.parameters['tfxc-args-0']}}",
        "$$HOME costs $$(5)",
        "{{$.inputs.parameters['tfxc-args-2']}}",
    ]
    assert own["env"] == [{"name": "COLOUR", "value": "red"}]
    assert own["resources"]["cpuLimit"] == 2.0
    assert all("resources" not in each and "env" not in each for each in executors.values())
    deadlines = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert deadlines == {"exec-score-container": {"activeDeadlineSeconds": "600"}}
    tasks = spec["components"]["comp-score"]["dag"]["tasks"]
    assert [key for key, task in tasks.items() if "retryPolicy" in task] == ["score-container"]


def test_who_reads_a_container_waits_for_the_whole_group(plan: Any, emit: Emit) -> None:
    skipped = container(when={"truth": reference("parameters.wanted")})
    parameter = {"name": "wanted", "type": "bool", "required": False, "default": True}
    root = spec_of(emit(plan(skipped, parameters=(parameter,))))["root"]["dag"]["tasks"]
    assert root["last"]["dependentTasks"] == ["score"]
    assert root["last"]["triggerPolicy"] == {
        "condition": "inputs.parameter_values['tfxc-state-of-score'] != 'skipped'"
    }
    assert root["score"]["inputs"]["parameters"]["wanted"] == {"componentInputParameter": "wanted"}


@pytest.mark.kubeflow
def test_the_sdk_loads_a_container(plan: Any, emit: Emit, in_kfp: Callable[..., Any]) -> None:
    assert in_kfp("load_pipelines.py", [emit(plan(container()))["pipeline.yaml"]]) == ["penguin"]


def test_the_driver_gives_each_word_that_only_it_knows() -> None:
    call = ContainerCall(command=("score", "/data"), args=("--to=/out/x", "$HOME costs $(5)", "$0.5"))
    given = {"tfxc-command-1": "/data", "tfxc-args-0": "--to=/out/x", "tfxc-args-2": "$$0.5"}
    assert word_values(container(), call) == given
    assert word_values(container(), None) == dict.fromkeys(given, "")


def test_what_kubeflow_does_not_fill_in_is_a_finding(plan: Any) -> None:
    component = ContainerComponent(
        image=concatenation(["scorer:", reference("parameters.tag")]), args=("x",), working_directory="/app"
    )
    execution = PlanExecution(env={"STAGE": reference("env.STAGE"), "PLAIN": "x"})
    score = container(component=component, execution=execution, arguments={})
    parameter = {"name": "tag", "type": "str", "required": False, "default": "1"}
    found = BACKEND.check(plan(score, parameters=(parameter,)))
    assert [(each.code, each.path[2:]) for each in found] == [
        ("B101", ("image",)),
        ("B101", ("working_directory",)),
        ("B101", ("execution", "env", "STAGE")),
    ]


SPEC = """
version: 1
name: scoring
pipeline_root: {root}/runs
metadata: {{sqlite: {{path: {root}/metadata.sqlite}}}}
parameters:
  limit: {{type: float, default: 0.5}}
backends: {{kubeflow: {{image: "registry/pipeline:1", volumes: [{{claim: data, mount_path: {root}}}]}}}}
components:
  score:
    type: Container
    image: scorer:1.2
    outputs: {{scores: Dataset, count: Integer}}
    parameters: {{limit: "{{{{ parameters.limit }}}}", word: "it's $HOME"}}
    command: [sh, -c, 'printf 7 > "$1"; echo "$2 $3 $COLOUR" > "$0/words"', "{{{{ outputs.scores.uri }}}}"]
    args: ["{{{{ outputs.count.uri }}}}", "{{{{ inputs.limit.value }}}}", "{{{{ inputs.word.value }}}}"]
    execution: {{env: {{COLOUR: red}}}}
  read:
    type: Container
    image: reader:1
    inputs: {{scores: Dataset, count: Integer}}
    command: [sh, -c, 'grep -q . "$0/words" && test "$1" = 7']
    args: ["{{{{ inputs.scores.uri }}}}", "{{{{ inputs.count.value }}}}"]
    scores: score.scores
    count: score.count
    when: score.count.value > 6
"""


@pytest.mark.tfx
@pytest.mark.kubeflow
def test_containers_run_between_their_driver_and_publisher(tmp_path: Path) -> None:
    tfxc = Path(sys.executable).with_name("tfxc")
    (tmp_path / "pipeline.yaml").write_text(SPEC.format(root=tmp_path), encoding="utf-8")
    bundle = tmp_path / "bundle"
    compile_ = [tfxc, "compile", tmp_path / "pipeline.yaml", "--backend", "kubeflow", "-o", bundle]
    subprocess.run(compile_, check=True, capture_output=True)

    def ends() -> dict[str, str]:
        command = [tfxc, "kubeflow", "simulate", bundle, "--folder", tmp_path / "simulated"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = re.findall(
            r"^([\w-]+): (succeeded|failed|skipped|omitted)\b", done.stdout + done.stderr, re.M
        )
        assert lines, done.stdout + done.stderr
        return dict(lines)

    tasks = ("driver-task", "container", "publisher")
    assert ends() == {f"{node}-{task}": "succeeded" for node in ("score", "read") for task in tasks}
    (words,) = tmp_path.glob("simulated/root/score/scores/*/words")
    assert words.read_text() == "0.5 it's $HOME red\n"
    again = ends()
    assert again == {
        f"{node}-{task}": "succeeded" if task == "driver-task" else again[f"{node}-{task}"]
        for node in ("score", "read")
        for task in tasks
    }
    assert {again[f"{node}-container"] for node in ("score", "read")} == {"skipped"}
    assert len(list(tmp_path.glob("simulated/root/score/scores/*/words"))) == 1
