"""The simulator decides as KFP's backend and Argo Workflows do: with small commands in place of nodes."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.kubeflow.conformance.rules import Documents
from tfxc.backends.kubeflow.emit.placeholders import expand_variables, fill_in, parameter_text
from tfxc.backends.kubeflow.simulator.inputs import RunFacts, as_double, root_parameters
from tfxc.backends.kubeflow.simulator.simulation import Simulation, TaskResult, next_pause

ROOT_URI = "minio://mlpipeline/v2/artifacts/small/run"
STATE = (
    "import json, sys, os; i = json.loads(sys.argv[1]); "
    "f = i['outputs']['parameters']['state']['outputFile']; "
)

Run = Callable[..., dict[str, TaskResult]]


class Pipeline:
    """A PipelineSpec that grows task by task."""

    def __init__(self) -> None:
        self.tasks: dict[str, Any] = {}
        self.spec: dict[str, Any] = {
            "root": {"dag": {"tasks": self.tasks}},
            "components": {},
            "deploymentSpec": {"executors": {}},
        }
        self.platform: dict[str, Any] = {}

    def task(
        self, key: str, code: str = "", *upstream: str, config: Any = None, env: Any = None, **fields: Any
    ) -> None:
        """Adds a task that runs Python: ``i`` is the executor input, ``f`` the file of the output `state`."""
        inputs = fields.get("inputs", {}).get("parameters", {})
        kinds = {
            name: "TASK_FINAL_STATUS" if "taskFinalStatus" in source else "STRING"
            for name, source in inputs.items()
        }
        self.spec["components"][f"comp-{key}"] = {
            "executorLabel": f"exec-{key}",
            "inputDefinitions": {
                "parameters": {name: {"parameterType": kind} for name, kind in kinds.items()}
            },
            "outputDefinitions": {"parameters": {"state": {"parameterType": "STRING"}}},
        }
        command = ["python", "-c", f"{STATE}{code or ''}\nopen(f, 'a').write({key!r})", "{{$}}"]
        container = {"image": "none", "command": command, "env": env or []}
        self.spec["deploymentSpec"]["executors"][f"exec-{key}"] = {"container": container}
        if config:
            self.platform[f"exec-{key}"] = config
        self.tasks[key] = {
            "componentRef": {"name": f"comp-{key}"},
            "dependentTasks": list(upstream),
            **fields,
        }

    def group(self, key: str, *members: str) -> None:
        """Moves tasks into a group."""
        tasks = {member: self.tasks.pop(member) for member in members}
        self.spec["components"][f"comp-{key}"] = {"dag": {"tasks": tasks}}
        self.tasks[key] = {"componentRef": {"name": f"comp-{key}"}}


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Returns a function that runs a pipeline: task → how it ended."""

    def started(pipeline: Pipeline, jobs: int = 4, **parameters: Any) -> dict[str, TaskResult]:
        platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": pipeline.platform}}}}
        simulation = Simulation(
            documents=Documents(pipeline.spec, platform),
            facts=RunFacts("run-7", "small", ROOT_URI, "2026-01-31T06:00:00Z"),
            folder=tmp_path,
            image_environment={},
            replace_arguments={},
            jobs=jobs,
            tell=lambda line: None,
        )
        return {result.key: result for result in simulation.run(parameters)}

    return started


def states(results: Mapping[str, TaskResult]) -> dict[str, str]:
    return {key: result.state for key, result in results.items()}


def output_of(key: str, producer: str) -> dict[str, Any]:
    return {
        "parameters": {
            key: {"taskOutputParameter": {"producerTask": producer, "outputParameterKey": "state"}}
        }
    }


def test_tasks_run_after_those_that_they_need(pipeline: Pipeline, run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for key, upstream in (("c", ("b",)), ("b", ("a",)), ("a", ())):
        pipeline.task(key, f"open({str(log)!r}, 'a').write({key!r})", *upstream)
    assert states(run(pipeline)) == {"a": "Succeeded", "b": "Succeeded", "c": "Succeeded"}
    assert log.read_text() == "abc"


def test_a_failure_omits_what_needs_it_and_nothing_else(pipeline: Pipeline, run: Run) -> None:
    pipeline.task("bad", "sys.exit(3)")
    pipeline.task("after", "", "bad")
    pipeline.task("later", "", "after")
    pipeline.task("other")
    results = run(pipeline)
    assert states(results) == {"bad": "Failed", "after": "Omitted", "later": "Omitted", "other": "Succeeded"}
    assert results["bad"].message.startswith("exit code 3")


def test_a_false_condition_skips_and_omits_what_comes_after(pipeline: Pipeline, run: Run) -> None:
    pipeline.task("first")
    condition = {"condition": "inputs.parameter_values['said'] != 'first'"}
    pipeline.task("second", "", "first", inputs=output_of("said", "first"), triggerPolicy=condition)
    pipeline.task("third", "", "second")
    assert states(run(pipeline)) == {"first": "Succeeded", "second": "Skipped", "third": "Omitted"}


def test_a_condition_that_cannot_be_evaluated_fails(pipeline: Pipeline, run: Run) -> None:
    pipeline.task("first")
    condition = {"condition": "inputs.parameter_values['said'] > 3"}
    pipeline.task("second", "", "first", inputs=output_of("said", "first"), triggerPolicy=condition)
    assert states(run(pipeline)) == {"first": "Succeeded", "second": "Failed"}


def test_retries_go_on_until_one_succeeds(pipeline: Pipeline, run: Run, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    code = (
        f"p = {str(counter)!r}; n = len(open(p).read()) if os.path.exists(p) else 0\n"
        f"assert os.environ['KFP_RETRY_INDEX'] == str(n)\nopen(p, 'a').write('x')\nif n < 2: sys.exit(1)"
    )
    policy = {"maxRetryCount": 3, "backoffDuration": "0s", "backoffFactor": 1, "backoffMaxDuration": "60s"}
    pipeline.task("flaky", code, retryPolicy=policy)
    (result,) = run(pipeline).values()
    assert (result.state, result.attempts) == ("Succeeded", 3)


@pytest.mark.parametrize(
    ("policy", "pauses"),
    [
        ({}, [None]),
        (
            {"maxRetryCount": 2, "backoffDuration": "5s", "backoffFactor": 1, "backoffMaxDuration": "99s"},
            [5, 5, None],
        ),
        (
            {"maxRetryCount": 3, "backoffDuration": "5s", "backoffFactor": 2.0, "backoffMaxDuration": "99s"},
            [5, 10, 20, None],
        ),
        (
            {"maxRetryCount": 3, "backoffDuration": "50s", "backoffFactor": 2, "backoffMaxDuration": "99s"},
            [50, None],
        ),
        ({"maxRetryCount": 3, "backoffDuration": "5s"}, [None]),
    ],
)
def test_pauses_are_those_of_argo(policy: Mapping[str, Any], pauses: list[float | None]) -> None:
    elapsed = 1.0
    for attempt, expected in enumerate(pauses, start=1):
        assert next_pause(policy, attempt, elapsed) == expected
        elapsed += expected or 0


def test_an_exit_task_runs_whatever_happened(pipeline: Pipeline, run: Run, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    for code, state in (("sys.exit(1)", "FAILED"), ("pass", "COMPLETE")):
        pipeline.tasks.clear()
        pipeline.task("work", code)
        pipeline.task("more", "", "work")
        pipeline.group("group", "work", "more")
        pipeline.task(
            "bye",
            f"open({str(seen)!r}, 'w').write(i['inputs']['parameterValues']['status']['state'])",
            "group",
            triggerPolicy={"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
            inputs={"parameters": {"status": {"taskFinalStatus": {"producerTask": "group"}}}},
        )
        assert run(pipeline)["bye"].state == "Succeeded"
        assert seen.read_text() == state


def test_a_pod_is_stopped_at_its_deadline(pipeline: Pipeline, run: Run) -> None:
    pipeline.task("slow", "import time; time.sleep(60)", config={"activeDeadlineSeconds": "1"})
    began = time.monotonic()
    (result,) = run(pipeline).values()
    assert result.state == "Failed"
    assert "deadline of 1 s" in result.message
    assert time.monotonic() - began < 20


def test_independent_tasks_run_side_by_side(pipeline: Pipeline, run: Run, tmp_path: Path) -> None:
    for key, other in (("a", "b"), ("b", "a")):
        mine, its = str(tmp_path / f"{key}.there"), str(tmp_path / f"{other}.there")
        pipeline.task(
            key,
            f"import time; open({mine!r}, 'w').close()\n"
            f"for _ in range(200):\n  if os.path.exists({its!r}): break\n  time.sleep(0.05)\n"
            "else: sys.exit(1)",
        )
    assert states(run(pipeline, jobs=2)) == {"a": "Succeeded", "b": "Succeeded"}


def test_at_most_jobs_tasks_run_at_a_time(pipeline: Pipeline, run: Run, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    for key in "abc":
        pipeline.task(key, f"p = {str(lock)!r}; os.mkdir(p); import time; time.sleep(0.03); os.rmdir(p)")
    assert set(states(run(pipeline, jobs=1)).values()) == {"Succeeded"}


def test_a_container_sees_nothing_of_this_machine_s_environment(
    pipeline: Pipeline, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAK", "1")
    monkeypatch.setenv("TOKEN", "secret")
    pipeline.task(
        "look",
        "assert 'LEAK' not in os.environ; assert os.environ['TOKEN'] == 'secret';"
        "assert os.environ['A'] == 'x$HOME'; assert os.environ['B'] == 'x$HOME-b'",
        env=[{"name": "A", "value": "x$$HOME"}, {"name": "B", "value": "$(A)-b"}],
        config={"secretAsEnv": [{"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "TOKEN"}]}]},
    )
    (result,) = run(pipeline).values()
    assert result.state == "Succeeded", result.message


def test_a_secret_that_is_not_there_stops_the_task(pipeline: Pipeline, run: Run) -> None:
    secret = {"secretName": "s", "keyToEnv": [{"secretKey": "k", "envVar": "NO_SUCH_TOKEN"}]}
    pipeline.task("needs", config={"secretAsEnv": [secret]})
    pipeline.task("can-do-without", config={"secretAsEnv": [{**secret, "optional": True}]})
    results = run(pipeline)
    assert states(results) == {"needs": "Failed", "can-do-without": "Succeeded"}
    assert "NO_SUCH_TOKEN" in results["needs"].message


def test_an_output_that_is_not_written_fails_the_task(pipeline: Pipeline, run: Run) -> None:
    pipeline.task("silent", "os._exit(0)")
    (result,) = run(pipeline).values()
    assert (result.state, "`state` was not written" in result.message) == ("Failed", True)


def test_the_executor_output_comes_before_the_file(pipeline: Pipeline, run: Run) -> None:
    code = (
        "open(i['outputs']['outputFile'], 'w').write(json.dumps({'parameterValues': {'state': 'from json'}}))"
    )
    pipeline.task("a", code)
    (result,) = run(pipeline).values()
    assert result.outputs == {"state": "from json"}


@pytest.mark.parametrize(
    ("uri", "state"),
    [("/data/model", "Succeeded"), ("gs://bucket/model", "Failed"), (f"{ROOT_URI}/x", "Succeeded")],
)
def test_an_artifact_cannot_leave_the_run_s_root(pipeline: Pipeline, run: Run, uri: str, state: str) -> None:
    output = {"artifacts": {"model": {"artifacts": [{"uri": uri}]}}}
    pipeline.task("a", f"open(i['outputs']['outputFile'], 'w').write({json.dumps(output)!r})")
    pipeline.spec["components"]["comp-a"]["outputDefinitions"]["artifacts"] = {
        "model": {"artifactType": {"schemaTitle": "system.Model"}}
    }
    assert run(pipeline)["a"].state == state


def test_ctrl_c_stops_every_process(pipeline: Pipeline, tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    pipeline.task(
        "slow", f"open({str(pidfile)!r}, 'w').write(str(os.getpid())); import time; time.sleep(600)"
    )
    facts = RunFacts("run", "small", ROOT_URI, "2026-01-31T06:00:00Z")
    simulation = Simulation(Documents(pipeline.spec, {}), facts, tmp_path, {}, {}, 2, lambda line: None)
    thread = threading.Thread(target=lambda: simulation.run({}))
    thread.start()
    for _ in range(400):
        if pidfile.exists() and pidfile.read_text():
            break
        time.sleep(0.05)
    simulation.stop.set()
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pidfile.read_text()), 0)


def test_parameters_are_checked_as_the_api_server_does() -> None:
    kinds = {"n": "NUMBER_INTEGER", "s": "STRING", "b": "BOOLEAN"}
    definitions: dict[str, Any] = {name: {"parameterType": kind} for name, kind in kinds.items()}
    definitions["s"]["defaultValue"] = "x"
    definitions["b"]["isOptional"] = True
    root = {"inputDefinitions": {"parameters": definitions}}
    assert root_parameters(root, {"n": 3}) == {"n": 3, "s": "x", "b": None}
    for given in ({}, {"n": "3"}, {"n": 3, "x": 1}, {"n": 3, "b": 1}, {"n": True}):
        with pytest.raises(ValueError, match=r"parameter"):
            root_parameters(root, given)


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (3, "3"), (3.0, "3"), (0.5, "0.5"), (True, "true"), ([1, "a"], '[1,"a"]')]
)
def test_parameters_in_a_command_line(value: Any, text: str) -> None:
    assert parameter_text(value) == text
    filled = fill_in("--x={{$.inputs.parameters['x']}}", {"inputs": {"parameterValues": {"x": value}}}, {})
    assert filled == f"--x={text}"


def test_the_whole_input_is_json() -> None:
    executor_input = {"inputs": {"parameterValues": {"x": 'it\'s "q" ü'}}}
    assert json.loads(fill_in("{{$}}", executor_input, {})) == executor_input


def test_kubernetes_expands_variables() -> None:
    assert expand_variables("$(A) $$(A) $(B) $A $$", {"A": "1"}) == "1 $(A) $(B) $A $"


def test_numbers_are_doubles() -> None:
    assert as_double(2**53 + 1) == 2**53
    assert as_double(3.0) == 3
    assert isinstance(as_double(3.0), int)
    assert as_double(True) is True
