"""The executor of a container: what TFX's DockerExecutorOperator does, with the user's Docker or Podman.

TFX's own mounts nothing and leaves a container running when its node is stopped.
"""

from __future__ import annotations

import copy
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.dsl.compiler import placeholder_utils
from tfx.orchestration.portable import base_executor_operator
from tfx.proto.orchestration import executable_spec_pb2, execution_result_pb2
from tfx.types.value_artifact import ValueArtifact

from tfxc.backends.launcher.node.output_folders import folder_name
from tfxc.backends.launcher.protocol.container_runtime import (
    ContainerRun,
    ContainerRuntime,
    Mount,
    NoContainerRuntime,
    end_container,
    find_runtime,
    run_command,
)
from tfxc.backends.launcher.protocol.messages import FINAL_STATE
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import ContainerComponent, PlanNode
from tfxc.schemas.plan_values import is_uri

_OF_RUNTIME = 125
"""The exit code of `docker run` where no container was started."""
_MEANING: Mapping[int, str] = {
    126: "its command cannot be executed",
    127: "the image has no such command",
    137: "it was killed, as when it takes more memory than it may have",
    139: "it crashed",
}


def container_operators(planned: PlanNode, name: Callable[[], str]) -> dict[Any, Any]:
    """Returns what runs a container's node, for TFX's launcher; nothing for any other node.

    ``name`` returns what the container of the execution at hand is called.
    """
    if not isinstance(planned.component, ContainerComponent):
        return {}
    component = planned.component

    class Operator(ContainerOperator):
        node = planned
        container = component
        container_name = staticmethod(name)

    return {executable_spec_pb2.ContainerExecutableSpec: Operator}


class ContainerOperator(base_executor_operator.BaseExecutorOperator):  # type: ignore[misc]
    """Runs a container and waits for it; what it prints is printed here."""

    SUPPORTED_EXECUTOR_SPEC_TYPE = [executable_spec_pb2.ContainerExecutableSpec]  # noqa: RUF012 TFX's own
    SUPPORTED_PLATFORM_CONFIG_TYPE: list[Any] = []  # noqa: RUF012 TFX's own

    node: PlanNode
    container: ContainerComponent
    container_name: Callable[[], str]

    def run_executor(self, execution_info: Any) -> execution_result_pb2.ExecutorOutput:
        """Returns the outputs as they are. Raises Failure if the container does not end well."""
        runtime = require_runtime(self.node.id)
        run = self._run(execution_info)
        command = run_command(runtime, run, f"{os.getuid()}:{os.getgid()}")
        _wait(subprocess.Popen(command, stdin=subprocess.DEVNULL), runtime, run)
        output = execution_result_pb2.ExecutorOutput()
        for key, artifacts in execution_info.output_dict.items():
            output.output_artifacts[key].artifacts.extend(each.mlmd_artifact for each in artifacts)
        return output

    def _run(self, execution_info: Any) -> ContainerRun:
        located = with_absolute_uris(execution_info)
        command, args = resolved_command(self._executor_spec, located)
        return ContainerRun(
            name=self.container_name(),
            image=self._executor_spec.image,
            command=command,
            args=args,
            mounts=_mounts(located, self.node.id),
            variables=(*self.node.execution.env, *({FINAL_STATE} & os.environ.keys())),
            working_directory=self.container.working_directory,
            resources=self.node.execution.resources,
        )


def require_runtime(node: str) -> ContainerRuntime:
    """Returns what runs containers here. Raises Failure if nothing does."""
    found = find_runtime()
    if isinstance(found, NoContainerRuntime):
        raise Failure(f"`{node}` runs in a container, which nothing here can start: {found.reason}.")
    return found


def container_name(node: str, folder: str) -> str:
    """Returns what the container of an execution is called, by what its output folders are called."""
    return f"tfxc-{node}-{folder}"


def end_containers(node: PlanNode, executions: list[Execution]) -> None:
    """Ends the containers of executions whose own processes were killed."""
    if not isinstance(node.component, ContainerComponent) or not executions:
        return
    runtime = find_runtime()
    if isinstance(runtime, ContainerRuntime):
        for execution in executions:
            end_container(runtime, container_name(node.id, folder_name(execution)))


def with_absolute_uris(execution_info: Any) -> Any:
    """Returns an execution whose local artifacts have absolute URIs: a container has a folder of its own."""
    located = copy.copy(execution_info)
    for name in ("input_dict", "output_dict"):
        setattr(
            located,
            name,
            {key: [_located(each) for each in found] for key, found in getattr(execution_info, name).items()},
        )
    return located


def _located(artifact: Any) -> Any:
    if is_uri(artifact.uri):
        return artifact
    located = copy.deepcopy(artifact)
    located.uri = str(Path(artifact.uri).absolute())
    return located


def resolved_command(executor_spec: Any, execution_info: Any) -> tuple[list[str], list[str]]:
    """Returns the command and the arguments of a container with everything in them known."""
    context = placeholder_utils.ResolutionContext(exec_info=execution_info, executor_spec=executor_spec)
    command, args = (
        [str(placeholder_utils.resolve_placeholder_expression(each, context)) for each in texts]
        for texts in (executor_spec.commands, executor_spec.args)
    )
    return command, args


def _mounts(execution_info: Any, node: str) -> list[Mount]:
    """Returns what a container sees of this machine: what it reads, and the folders that it writes to."""
    mounts = []
    for key, artifacts in sorted(execution_info.input_dict.items()):
        for artifact in artifacts:
            if is_uri(artifact.uri):
                continue
            if not Path(artifact.uri).exists():
                raise Failure(f"`{node}` reads `{key}` at {artifact.uri}, which is not there.")
            mounts.append(Mount(artifact.uri, read_only=True))
    for _, artifacts in sorted(execution_info.output_dict.items()):
        for artifact in artifacts:
            if not is_uri(artifact.uri):
                # Another file may take the place of a value's, which a mounted file would not let it.
                path = Path(artifact.uri).parent if isinstance(artifact, ValueArtifact) else artifact.uri
                mounts.append(Mount(str(path), read_only=False))
    return mounts


def _wait(process: subprocess.Popen[bytes], runtime: ContainerRuntime, run: ContainerRun) -> None:
    """Waits for a container, which ends with this process. Raises Failure unless it ends with 0."""
    try:
        code = process.wait()
    except BaseException:
        end_container(runtime, run.name)
        process.kill()
        process.wait()
        raise
    if code == _OF_RUNTIME:
        raise Failure(f"{runtime.name} could not run the image {run.image}: its words are in the log.")
    if code != 0:
        meaning = f": {_MEANING[code]}" if code in _MEANING else ""
        raise Failure(f"its container ended with exit code {code}{meaning}.")
