"""Running a compiled pipeline.yaml on this machine, as KFP's backend and Argo Workflows run it.

Each task waits until all its upstream tasks have succeeded; after one that was skipped or failed it is
omitted, and independent tasks go on. Images are not used: a container's command runs with the Python of
this environment. There is no MLMD of KFP's; the pipeline's own is where the Plan says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tfxc.backends.kubeflow.conformance.cel import CelError, parse_condition
from tfxc.backends.kubeflow.conformance.rules import Documents, is_exit_task, mapping, tasks_of, upstream_of
from tfxc.backends.kubeflow.conformance.rules_kubernetes import executor_configs
from tfxc.backends.kubeflow.simulator.inputs import (
    RunFacts,
    Scope,
    SimulationError,
    executor_input,
    resolve_parameters,
)
from tfxc.backends.kubeflow.simulator.pod import Pod, PodResult, run_pod

TaskState = Literal["Succeeded", "Skipped", "Omitted", "Failed"]


@dataclass(frozen=True)
class TaskResult:
    """How a task ended. A ``group`` is a DAG, whose tasks have results of their own."""

    key: str
    state: TaskState
    seconds: float = 0.0
    attempts: int = 0
    message: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    artifacts: Mapping[str, Any] = field(default_factory=dict)
    group: bool = False


@dataclass(frozen=True)
class Simulation:
    """One run. ``tell`` gets lines of progress; it may be called from several threads."""

    documents: Documents
    facts: RunFacts
    folder: Path
    image_environment: Mapping[str, str]
    replace_arguments: Mapping[str, str]
    jobs: int
    tell: Callable[[str], None]
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, parameters: Mapping[str, Any]) -> list[TaskResult]:
        """Runs the pipeline with these parameters and returns its tasks in the order they ended.

        On KeyboardInterrupt every process is stopped, and it is raised again.
        """
        places = threading.Semaphore(self.jobs)
        results: list[TaskResult] = []
        _Dag(self, mapping(self.documents.spec, "root"), Scope(parameters), places, results).run()
        return results


class _Dag:
    """One DAG of the pipeline: the root, or a group of tasks."""

    def __init__(
        self,
        simulation: Simulation,
        component: Mapping[str, Any],
        scope: Scope,
        places: threading.Semaphore,
        results: list[TaskResult],
    ) -> None:
        self._simulation = simulation
        self._scope = scope
        self._places = places
        self._results = results
        self._tasks = tasks_of(component)
        self._states: dict[str, TaskState] = {}

    def run(self) -> TaskState:
        """Runs all tasks, and exit tasks once what they wait for is over. Returns the DAG's state, on
        which an exit task has no influence."""
        with ThreadPoolExecutor(max_workers=max(1, len(self._tasks))) as threads:
            running: dict[Future[TaskResult], str] = {}
            try:
                while True:
                    for key in self._ready(running):
                        running[threads.submit(self._run_task, key)] = key
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        self._ended(running.pop(future), future.result())
            except BaseException:
                self._simulation.stop.set()
                raise
        ended = {self._states[key] for key, task in self._tasks.items() if not is_exit_task(task)}
        return "Failed" if "Failed" in ended else "Succeeded"

    def _ready(self, running: Mapping[Any, str]) -> list[str]:
        """Returns the tasks that can start, after omitting those that never will."""
        ready = []
        changed = True
        while changed:
            changed = False
            for key, task in self._tasks.items():
                if key in self._states or key in running.values() or key in ready:
                    continue
                states = [self._states.get(upstream) for upstream in upstream_of(task)]
                if None in states:
                    continue
                if is_exit_task(task) or all(state == "Succeeded" for state in states):
                    ready.append(key)
                else:
                    self._ended(key, TaskResult(key, "Omitted"))
                    changed = True
        return [] if self._simulation.stop.is_set() else ready

    def _ended(self, key: str, result: TaskResult) -> None:
        self._states[key] = result.state
        self._scope.outputs[key] = result.outputs
        self._scope.artifacts[key] = result.artifacts
        if result.group:
            return
        self._results.append(result)
        details = f" after {result.seconds:.1f} s" if result.attempts else ""
        reason = f": {result.message}" if result.message else ""
        self._simulation.tell(f"{key}: {result.state.lower()}{details}{reason}")

    def _run_task(self, key: str) -> TaskResult:
        task = self._tasks[key]
        component = self._simulation.documents.components[task["componentRef"]["name"]]
        try:
            parameters = resolve_parameters(
                task, component, self._scope, self._simulation.facts, key, lambda: self._final_status(task)
            )
            condition = mapping(task, "triggerPolicy").get("condition")
            if condition and not parse_condition(condition).holds(parameters):
                return TaskResult(key, "Skipped")
            if "dag" in component:
                return self._run_group(key, component, parameters)
            artifacts = self._artifacts(task)
        except (SimulationError, CelError) as error:
            return TaskResult(key, "Failed", message=str(error))
        return self._run_container(key, task, component, parameters, artifacts)

    def _run_group(self, key: str, component: Mapping[str, Any], parameters: Mapping[str, Any]) -> TaskResult:
        inner = _Dag(self._simulation, component, Scope(parameters), self._places, self._results)
        state = inner.run()
        outputs = {}
        for name, selector in mapping(component, "dag", "outputs", "parameters").items():
            chosen = selector["valueFromParameter"]
            given = inner._scope.outputs.get(chosen["producerSubtask"], {})
            outputs[name] = given.get(chosen["outputParameterKey"])
        return TaskResult(key, state, outputs=outputs, group=True)

    def _final_status(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Returns how the task ended that an exit task waits for."""
        upstream = task["dependentTasks"][0]
        states = {"Succeeded": "COMPLETE", "Failed": "FAILED"}
        return {
            "state": states.get(self._states[upstream], "CANCELED"),
            "pipelineTaskName": upstream,
            "pipelineJobResourceName": self._simulation.facts.name,
            "error": {},
        }

    def _artifacts(self, task: Mapping[str, Any]) -> dict[str, Any]:
        artifacts = {}
        for name, source in mapping(task, "inputs", "artifacts").items():
            output = source.get("taskOutputArtifact")
            if output is None:
                raise SimulationError(f"the artifact `{name}` of a group's input is not simulated")
            artifacts[name] = self._scope.artifacts[output["producerTask"]][output["outputArtifactKey"]]
        return artifacts

    def _run_container(
        self,
        key: str,
        task: Mapping[str, Any],
        component: Mapping[str, Any],
        parameters: Mapping[str, Any],
        artifacts: Mapping[str, Any],
    ) -> TaskResult:
        simulation = self._simulation
        folder = simulation.folder / key
        pod = Pod(
            key=key,
            component=component,
            container=simulation.documents.executor_of(component)["container"],
            config=mapping(
                executor_configs(simulation.documents.platform), str(component.get("executorLabel"))
            ),
            executor_input=executor_input(key, component, parameters, artifacts, simulation.facts, folder),
            image_environment=simulation.image_environment,
            replace_arguments=simulation.replace_arguments,
            folder=folder,
        )
        policy = mapping(task, "retryPolicy")
        started = time.monotonic()
        attempt = 0
        while True:
            result = self._attempt(pod, attempt, bool(policy))
            attempt += 1
            if not result.failure:
                break
            pause = next_pause(policy, attempt, time.monotonic() - started)
            if pause is None or simulation.stop.is_set():
                break
            simulation.tell(f"{key}: attempt {attempt} failed ({result.failure}), again in {pause:g} s")
            simulation.stop.wait(pause)
        message = result.failure
        if result.excerpt:
            message += "\n" + "\n".join(f"    {line}" for line in result.excerpt)
        return TaskResult(
            key=key,
            state="Failed" if result.failure else "Succeeded",
            seconds=time.monotonic() - started,
            attempts=attempt,
            message=message or str(result.outputs.get("tfxc-state", "")),
            outputs=result.outputs,
            artifacts=result.artifacts,
        )

    def _attempt(self, pod: Pod, attempt: int, retried: bool) -> PodResult:
        with self._places:
            if self._simulation.stop.is_set():
                return PodResult({}, {}, "stopped")
            self._simulation.tell(f"{pod.key}: started" + (f", attempt {attempt + 1}" if attempt else ""))
            return run_pod(pod, attempt, retried, self._simulation.facts.root, self._simulation.stop)


def next_pause(policy: Mapping[str, Any], attempts: int, elapsed: float) -> float | None:
    """Returns how long Argo waits before the next attempt, or None if there is none.

    ``attempts`` have failed, and ``elapsed`` seconds have passed since the first began. Mirrors
    processNodeRetries in argo-workflows' workflow/controller/operator.go: backoffMaxDuration is the
    time that all attempts together may take.
    """
    if not policy or attempts > int(policy.get("maxRetryCount", 0)):
        return None
    base = int(float(str(policy.get("backoffDuration", "0s"))[:-1]))
    longest = int(float(str(policy.get("backoffMaxDuration", "0s"))[:-1]))
    factor = int(policy.get("backoffFactor", 0))
    pause = float(base * factor ** (attempts - 1) if factor > 0 else base)
    return None if elapsed + pause > longest else pause
