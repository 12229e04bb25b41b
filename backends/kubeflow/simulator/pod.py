"""One attempt of one task: its container's command as a process of this machine.

Mirrors backend/src/v2/component/launcher_v2.go of kubeflow/pipelines, and what Kubernetes does to a
container's environment and command line.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfxc.backends.kubeflow.conformance import proto_reader
from tfxc.backends.kubeflow.conformance.rules import artifacts_of, mapping, parameters_of
from tfxc.backends.kubeflow.emit.placeholders import expand_variables, fill_in
from tfxc.backends.kubeflow.simulator.inputs import SimulationError, text_to_value
from tfxc.backends.kubeflow.storage import is_copied_by_kfp

_INTERVAL = 0.2

METADATA_SERVICE = ("METADATA_GRPC_SERVICE_HOST", "METADATA_GRPC_SERVICE_PORT")
"""What KFP puts into every container from the config map `metadata-grpc-configmap` of its own MLMD."""


@dataclass(frozen=True)
class Pod:
    """What one task's pod is made of. ``folder`` holds everything of the task."""

    key: str
    component: Mapping[str, Any]
    container: Mapping[str, Any]
    config: Mapping[str, Any]
    executor_input: Mapping[str, Any]
    image_environment: Mapping[str, str]
    replace_arguments: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class PodResult:
    """How an attempt ended: its outputs, or why it failed, with the last lines of its log."""

    outputs: Mapping[str, Any]
    artifacts: Mapping[str, Any]
    failure: str = ""
    excerpt: tuple[str, ...] = ()


def run_pod(pod: Pod, attempt: int, retried: bool, root: str, stop: threading.Event) -> PodResult:
    """Runs one attempt, counted from 0, and collects its outputs. ``root`` is KFP's root of the run."""
    try:
        environment = _environment(pod, attempt, retried)
    except SimulationError as error:
        return PodResult({}, {}, str(error))
    local = {
        artifact["uri"]: artifact.get("customPath", artifact["uri"])
        for side in ("inputs", "outputs")
        for entry in mapping(pod.executor_input, side, "artifacts").values()
        for artifact in entry["artifacts"]
    }
    words = [*(pod.container.get("command") or ()), *(pod.container.get("args") or ())]
    words = [pod.replace_arguments.get(word, word) for word in words]
    words = [expand_variables(fill_in(word, pod.executor_input, local), environment) for word in words]
    if Path(words[0]).name.startswith("python"):
        words[0] = sys.executable
    _prepare_folders(pod)
    log = pod.folder / f"attempt-{attempt + 1}.log"
    failure = _run(words, environment, log, int(pod.config.get("activeDeadlineSeconds", 0)), stop, pod.folder)
    if not failure:
        try:
            outputs, artifacts = _collect(pod, root)
            return PodResult(outputs, artifacts)
        except SimulationError as error:
            failure = str(error)
    return PodResult({}, {}, failure, _excerpt(log))


def _environment(pod: Pod, attempt: int, retried: bool) -> dict[str, str]:
    """Returns a container's environment: nothing of this process's but what an image has too.

    Secrets and config maps are in the cluster: a variable that would come from one is taken from this
    process's environment.
    """
    home = pod.folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    search = os.pathsep.join((str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"))
    environment = {
        "PATH": search,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **pod.image_environment,
        "KFP_POD_NAME": f"simulated-{pod.key}-{attempt}",
        "KFP_POD_UID": str(uuid.uuid4()),
    }
    for name in METADATA_SERVICE:
        if name in os.environ:
            environment[name] = os.environ[name]
    if retried:
        environment["KFP_RETRY_INDEX"] = str(attempt)
    for variable in pod.container.get("env") or ():
        environment[variable["name"]] = expand_variables(variable.get("value", ""), environment)
    for kind, field, name_field in (
        ("secret", "secretAsEnv", "secretName"),
        ("config map", "configMapAsEnv", "configMapName"),
    ):
        for source in pod.config.get(field) or ():
            for entry in source.get("keyToEnv") or ():
                name = entry["envVar"]
                if name in os.environ:
                    environment[name] = os.environ[name]
                elif not source.get("optional"):
                    raise SimulationError(
                        f"the {kind} `{source.get(name_field, '')}` gives the variable {name}: "
                        f"set it for the simulation"
                    )
    for entry in pod.config.get("fieldPathAsEnv") or ():
        environment[entry["name"]] = os.environ.get(entry["name"], entry["fieldPath"])
    return environment


def _prepare_folders(pod: Pod) -> None:
    outputs = pod.executor_input["outputs"]
    files = [Path(entry["outputFile"]) for entry in outputs["parameters"].values()]
    files += [Path(a["customPath"]) for entry in outputs["artifacts"].values() for a in entry["artifacts"]]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
    Path(outputs["outputFile"]).unlink(missing_ok=True)


def _run(
    words: list[str],
    environment: Mapping[str, str],
    log: Path,
    deadline: int,
    stop: threading.Event,
    folder: Path,
) -> str:
    """Runs the command line and returns why it failed, or nothing."""
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                words,
                env=dict(environment),
                cwd=environment.get("TFXC_BUNDLE", folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return f"the command `{words[0]}` cannot be started: {error.strerror}"
    waited = 0.0
    while True:
        try:
            code = process.wait(_INTERVAL)
            break
        except subprocess.TimeoutExpired:
            waited += _INTERVAL
        if stop.is_set() or (deadline and waited >= deadline):
            _kill(process)
            return "stopped" if stop.is_set() else f"the pod's deadline of {deadline} s is over"
    if code < 0:
        return f"killed by signal {-code}"
    return f"exit code {code}" if code else ""


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a pod as it ends when its first process does: everything in it at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _collect(pod: Pod, root: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads the outputs of a task that succeeded. Raises SimulationError where the launcher fails."""
    outputs = pod.executor_input["outputs"]
    written = _executor_output(Path(outputs["outputFile"]))
    values = dict(mapping(written, "parameterValues"))
    definitions = parameters_of(pod.component, "output")
    for name, place in outputs["parameters"].items():
        if name in values:
            continue
        kind = definitions[name].get("parameterType", "STRING")
        try:
            values[name] = text_to_value(Path(place["outputFile"]).read_text(encoding="utf-8"), kind)
        except OSError:
            raise SimulationError(f"the output parameter `{name}` was not written") from None
        except (ValueError, KeyError):
            raise SimulationError(f"the output parameter `{name}` is no {kind}") from None
    artifacts = {}
    for name in artifacts_of(pod.component, "output"):
        artifact = dict(outputs["artifacts"][name]["artifacts"][0])
        for override in mapping(written, "artifacts", name).get("artifacts", [])[:1]:
            artifact.update({key: value for key, value in override.items() if value})
        if is_copied_by_kfp(artifact["uri"]) and not artifact["uri"].startswith(f"{root}/"):
            raise SimulationError(
                f"the launcher fails to upload `{name}`: {artifact['uri']} is not under {root}"
            )
        artifacts[name] = {"artifacts": [artifact]}
    return values, artifacts


def _executor_output(file: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise SimulationError("the executor output is not JSON") from None
    for where, what in proto_reader.misfits(proto_reader.EXECUTOR_OUTPUT, document, ""):
        raise SimulationError(f"the executor output cannot be read: {where} {what}")
    return proto_reader.canonical(proto_reader.EXECUTOR_OUTPUT, document)


def _excerpt(log: Path, lines: int = 8) -> tuple[str, ...]:
    """Returns what our own task said, or else the last lines of a log."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    said = [line for line in text.splitlines() if line.strip()]
    return tuple([line for line in said if line.startswith("tfxc: ")] or said)[-lines:]
