"""Containers as components: what TFX is told of them, and how they are run through Docker."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.schemas.plan import Plan

pytestmark = pytest.mark.tfx

DOCKER = Path(__file__).parents[1] / "programs" / "docker"

SPEC = """
version: 1
name: scoring
pipeline_root: runs
parameters:
  limit: {type: float, default: 0.5}
  image: {type: str, default: "scorer:1.2"}
components:
  found: {type: Importer, source_uri: data, artifact_type: ExternalArtifact}
  score:
    type: Container
    image: "{{ parameters.image }}"
    inputs: {data: ExternalArtifact}
    outputs: {scores: Dataset, count: Integer}
    parameters: {limit: "{{ parameters.limit }}", times: 3, word: "it's"}
    command: [sh, -c]
    args:
      - 'cat "$0"/* > "$1/part"; printf %s "$#" > "$2"; echo "$3 $4 $5 $6 $COLOUR"'
      - "{{ inputs.data.uri }}"
      - "{{ outputs.scores.uri }}"
      - "{{ outputs.count.uri }}"
      - "--limit={{ inputs.limit.value }}"
      - "{{ inputs.times.value }}"
      - "{{ inputs.word.value }}"
      - "{{ parameters.limit }} of {{ run.id }}"
    data: found.result
    execution: {env: {COLOUR: red, PATH: "BIN:SEARCH"}}
  read:
    type: Container
    image: scorer:1.2
    inputs: {scores: Dataset, count: Integer}
    outputs: {copy: Dataset}
    command: [sh, -c, 'cp "$0/part" "$1/"; echo "counted $2"', "{{ inputs.scores.uri }}"]
    args: ["{{ outputs.copy.uri }}", "{{ inputs.count.value }}"]
    scores: score.scores
    count: score.count
    execution: {env: {PATH: "BIN:SEARCH"}}
"""


ARGUMENTS = SPEC[SPEC.index("    args:\n") : SPEC.index("    data: found")]
COMMAND = """command:
      - score
      - "{{ inputs.data.uri }}"
      - "{{ outputs.scores.uri }}"
      - "{{ outputs.count.uri }}/value of {{ inputs.data.uri }}"
      - "--limit={{ inputs.limit.value }}"
      - "{{ inputs.times.value }}"
      - --word
      - "{{ inputs.word.value }}"
      - "{{ parameters.limit }} of {{ run.id }}\""""

READING = SPEC[SPEC.index("    command: [sh, -c, 'cp") : SPEC.index("    scores: score.scores")]
READ = """    command: [read, "{{ inputs.scores.uri }}", "{{ inputs.count.value }}"]
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A folder with a `docker` that runs commands here."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(DOCKER.read_text().replace("/usr/bin/env python3", sys.executable, 1))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def plan(tmp_path: Path, docker: Path) -> Callable[..., Plan]:
    """Returns a function that gives the Plan of the spec, with changes of its text."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("1\n2\n")

    def make(*changes: tuple[str, str]) -> Plan:
        text = SPEC.replace("BIN", str(docker)).replace("SEARCH", os.environ["PATH"])
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "pipeline.yaml"
        file.write_text(text)
        checked = check(file)
        assert not checked.has_errors, checked.diagnostics
        assert checked.plan is not None
        return checked.plan

    return make


def calls(docker: Path) -> list[list[str]]:
    """Returns what `docker run` was called with."""
    lines = (docker / "calls.jsonl").read_text().splitlines()
    return [call for call in map(json.loads, lines) if call[0] == "run"]


def test_a_container_reads_and_writes_what_its_command_says(
    launcher: Any, plan: Any, tmp_path: Path, docker: Path
) -> None:
    run = launcher.open(plan(), tmp_path, run_id="first")
    results = run.all()
    assert [results[node].state for node in ("found", "score", "read")] == ["succeeded"] * 3, results
    made = {artifact.output: artifact for artifact in results["score"].artifacts}
    assert made["scores"].artifact_type == "Dataset"
    assert made["count"].artifact_type == "Integer"
    assert (Path(made["scores"].uri) / "part").read_text() == "1\n2\n"
    assert "--limit=0.5 3 it's 0.5 of first red" in run.log("score").read_text()
    assert "counted 6" in run.log("read").read_text()
    command = calls(docker)[0]
    assert command[command.index("--user") + 1] == f"{os.getuid()}:{os.getgid()}"
    assert command[command.index("--entrypoint") + 1] == "sh"
    mounts = [command[index + 1] for index, word in enumerate(command) if word == "--mount"]
    data = tmp_path / "data"
    assert mounts[0] == f"type=bind,source={data},target={data},readonly"
    assert mounts[2] == f"type=bind,source={made['scores'].uri},target={made['scores'].uri}"


def test_the_ir_is_that_of_a_container_component_written_by_hand(
    launcher: Any, plan: Any, tmp_path: Path
) -> None:
    from google.protobuf import json_format
    from tfx.dsl.compiler import compiler
    from tfx.dsl.component.experimental.container_component import create_container_component
    from tfx.dsl.component.experimental.placeholders import (
        ConcatPlaceholder,
        InputUriPlaceholder,
        InputValuePlaceholder,
        OutputUriPlaceholder,
    )
    from tfx.dsl.components.common.importer import Importer
    from tfx.orchestration import pipeline
    from tfx.orchestration.portable import runtime_parameter_utils
    from tfx.types.experimental.simple_artifacts import Dataset
    from tfx.types.standard_artifacts import ExternalArtifact, Integer

    changes = ((ARGUMENTS, ""), ("command: [sh, -c]", COMMAND), (READING, READ))
    ours = launcher.open(plan(*changes), tmp_path, run_id="one").ir()

    score = create_container_component(
        name="score",
        image="scorer:1.2",
        command=[
            "score",
            InputUriPlaceholder("data"),
            OutputUriPlaceholder("scores"),
            ConcatPlaceholder([OutputUriPlaceholder("count"), "/value of ", InputUriPlaceholder("data")]),
            ConcatPlaceholder(["--limit=", InputValuePlaceholder("limit")]),
            InputValuePlaceholder("times"),
            "--word",
            InputValuePlaceholder("word"),
            "0.5 of one",
        ],
        inputs={"data": ExternalArtifact},
        outputs={"scores": Dataset, "count": Integer},
        parameters={"limit": float, "times": int, "word": str},
    )
    read = create_container_component(
        name="read",
        image="scorer:1.2",
        command=["read", InputUriPlaceholder("scores"), InputValuePlaceholder("count")],
        inputs={"scores": Dataset, "count": Integer},
        outputs={"copy": Dataset},
    )
    found = Importer(source_uri="data", artifact_type=ExternalArtifact).with_id("found")
    scored = score(data=found.outputs["result"], limit=0.5, times=3, word="it's").with_id("score")
    copied = read(scores=scored.outputs["scores"], count=scored.outputs["count"]).with_id("read")
    theirs = compiler.Compiler().compile(
        pipeline.Pipeline(
            pipeline_name="scoring",
            pipeline_root="runs",
            components=[found, scored, copied],
            enable_cache=True,
        )
    )
    runtime_parameter_utils.substitute_runtime_parameter(
        theirs, {"pipeline-run-id": "one", "pipeline-root": "runs"}
    )
    assert ours == json.loads(json_format.MessageToJson(theirs, preserving_proto_field_name=True))


def test_a_container_that_fails_or_is_stopped_is_a_sentence(
    launcher: Any, plan: Any, tmp_path: Path, docker: Path
) -> None:
    def failing(command: str, *changes: tuple[str, str]) -> Any:
        changed = (("command: [sh, -c]", f'command: [sh, -c, "{command}", $0]'), *changes)
        run = launcher.open(plan(*changed), tmp_path)
        run.node("found")
        return run.node("score")

    result = failing("exit 7")
    assert (result.state, result.artifacts) == ("failed", ())
    assert result.error.message == "`score` failed: its container ended with exit code 7."
    assert list((tmp_path / "runs" / "score" / "scores").iterdir()) == []
    assert failing("kill -9 $$").error.message == (
        "`score` failed: its container ended with exit code 137: it was killed, as when it takes more memory "
        "than it may have."
    )
    assert failing("true", ("scorer:1.2", "missing:1")).error.message == (
        "`score` failed: docker could not run the image missing:1: its words are in the log."
    )
    (docker / "no-daemon").touch()
    message = failing("true").error.message
    assert message.startswith("`score` runs in a container, which nothing here can start: `docker info` says")


def test_a_container_on_exit_is_told_how_the_others_ended(launcher: Any, plan: Any, tmp_path: Path) -> None:
    run = launcher.open(plan((" $COLOUR", " $COLOUR after $TFXC_FINAL_STATE")), tmp_path)
    run.node("found")
    assert run.node("score", final_state="failed").state == "succeeded"
    assert "red after failed" in run.log("score").read_text()


def test_a_node_that_is_stopped_ends_its_container(
    launcher: Any, plan: Any, tmp_path: Path, docker: Path
) -> None:
    slow = ("command: [sh, -c]", "command: [sh, -c, 'touch $0/begun; sleep 600', '{{ outputs.scores.uri }}']")
    run = launcher.open(plan(slow), tmp_path)
    run.node("found")
    started = run.start("score")
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("runs/score/scores/*/begun")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(docker.glob("tfxc-score-*.pid"))
    launcher.cancel(started, grace=60.0)
    assert launcher.finished(started).state == "cancelled"
    while list(docker.glob("*.pid")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not list(docker.glob("*.pid"))


def test_an_orchestrator_starts_the_container_between_driver_and_publisher(
    launcher: Any, plan: Any, tmp_path: Path
) -> None:
    fixed = (" of {{ run.id }}", "")
    run = launcher.open(plan(fixed), tmp_path)
    run.node("found")
    error = run.node("score", phase="publisher").error
    assert error.message == "`score` has no container in this run whose outputs could be published."
    driven = run.node("score", phase="driver")
    assert (driven.state, driven.artifacts) == ("succeeded", ())
    script, data, scores, count, *more = driven.container.args
    assert driven.container.command == ("sh", "-c")
    assert (data, more) == (str(tmp_path / "data"), ["--limit=0.5", "3", "it's", "0.5"])
    assert script.startswith("cat ")
    (Path(scores) / "part").write_text("1")
    Path(count).write_text("7")
    published = run.node("score", phase="publisher")
    assert published.state == "succeeded", published.error
    assert published.execution_id == driven.execution_id
    assert {artifact.output: artifact.uri for artifact in published.artifacts} == {
        "scores": scores,
        "count": count,
    }
    assert run.node("score", phase="publisher").state == "cached"
    assert run.node("score", phase="failure").state == "skipped"

    again = launcher.open(plan(fixed), tmp_path)
    again.node("found")
    cached = again.node("score", phase="driver")
    assert (cached.state, cached.container) == ("cached", None)
    assert {artifact.uri for artifact in cached.artifacts} == {scores, count}


def test_the_image_and_the_command_are_in_the_cache_key(launcher: Any, plan: Any, tmp_path: Path) -> None:
    fixed = (" of {{ run.id }}", "")

    def states(*changes: tuple[str, str], **parameters: Any) -> str:
        run = launcher.open(plan(fixed, *changes), tmp_path, parameters=parameters)
        run.node("found")
        return str(run.node("score").state)

    assert states() == "succeeded"
    assert states() == "cached"
    assert states(image="scorer:1.3") == "succeeded"
    digest = "scorer@sha256:" + "0" * 64
    assert states(image=digest) == "succeeded"
    assert states(image=digest) == "cached"
    assert states(('printf %s "$#"', 'printf %s "7"')) == "succeeded"
    assert (
        states(("    data: found.result", "    working_directory: /tmp\n    data: found.result"))
        == "succeeded"
    )
    assert states() == "cached"
