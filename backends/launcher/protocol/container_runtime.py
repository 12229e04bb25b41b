"""Docker or Podman of one machine: which there is, and the command that runs a container with it.

The programs are called, not their interfaces: whatever `docker run` does in the user's shell, it does here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Resources

_DOCKER, _PODMAN = "docker", "podman"
_ASKING: Mapping[str, tuple[str, ...]] = {
    _DOCKER: ("info", "--format", "{{json .SecurityOptions}}"),
    _PODMAN: ("info", "--format", "{{.Host.Security.Rootless}}"),
}
"""program → what to ask of it: whether it works, and whether its containers' root is its user"""
_PATIENCE = 60.0
_STOPPING = 5
"""Seconds that a container has to end by itself when it is told to."""
_ROOT = "0:0"
_NVIDIA = "nvidia.com/gpu"


@dataclass(frozen=True)
class ContainerRuntime:
    """A program that runs containers here. ``rootless``: root in a container is the user who started it."""

    program: str
    name: str
    rootless: bool


@dataclass(frozen=True)
class NoContainerRuntime:
    """Why no container can be run here, as the end of a sentence."""

    reason: str


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine that a container sees under the same path."""

    path: str
    read_only: bool


@dataclass(frozen=True)
class ContainerRun:
    """One container. ``variables`` are names of this process's variables that it gets too.

    An empty ``command`` leaves the image's own entry point.
    """

    name: str
    image: str
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    mounts: Sequence[Mount] = ()
    variables: Iterable[str] = ()
    working_directory: str | None = None
    resources: Resources = field(default_factory=Resources)


def find_runtime() -> Union[ContainerRuntime, NoContainerRuntime]:
    """Returns Docker if it works here, else Podman, else why there is neither."""
    reasons = []
    for name, question in _ASKING.items():
        program = shutil.which(name)
        if program is None:
            continue
        answer = _answer([program, *question])
        if isinstance(answer, NoContainerRuntime):
            reasons.append(f"`{name} info` says: {answer.reason}")
            continue
        return ContainerRuntime(program, name, rootless=name == _PODMAN or "rootless" in answer)
    return NoContainerRuntime("; ".join(reasons) or "there is no `docker` and no `podman` on PATH")


def _answer(command: Sequence[str]) -> Union[str, NoContainerRuntime]:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return NoContainerRuntime(str(error))
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"nothing, with exit code {done.returncode}"]
        return NoContainerRuntime(lines[-1].strip().rstrip("."))
    return done.stdout


def run_command(runtime: ContainerRuntime, run: ContainerRun, user: str) -> list[str]:
    """Returns the command that runs a container and ends with its exit code.

    What it writes belongs to ``user`` (``uid:gid``), who starts it. Raises Failure for a path that cannot
    be mounted.
    """
    in_container = _ROOT if runtime.rootless else user
    command = [runtime.program, "run", "--rm", "--name", run.name, "--user", in_container]
    # Machines with SELinux would let it read none of the mounts.
    command += ["--security-opt", "label=disable"]
    variables = list(run.variables)
    if in_container != _ROOT and "HOME" not in variables:
        command += ["--env", "HOME=/tmp"]  # the image has no home for a user that it does not know
    for name in variables:
        command += ["--env", name]
    for mount in dict.fromkeys(run.mounts):
        command += ["--mount", _mount(mount)]
    if run.working_directory is not None:
        command += ["--workdir", run.working_directory]
    command += _limits(runtime, run.resources)
    if run.command:
        command += ["--entrypoint", run.command[0]]
    return [*command, run.image, *run.command[1:], *run.args]


def _mount(mount: Mount) -> str:
    if "," in mount.path or '"' in mount.path:
        raise Failure(f"{mount.path} cannot be mounted into a container: there is a comma or quote in it.")
    return f"type=bind,source={mount.path},target={mount.path}" + (",readonly" if mount.read_only else "")


def _limits(runtime: ContainerRuntime, resources: Resources) -> list[str]:
    limits = []
    if resources.cpu is not None:
        limits += ["--cpus", f"{resources.cpu:g}"]
    if resources.memory is not None:
        limits += ["--memory", f"{resources.memory}b"]
    if resources.accelerator is not None and resources.accelerator.type == _NVIDIA:
        count = resources.accelerator.count
        limits += ["--gpus", f"{count}"] if runtime.name == _DOCKER else ["--device", f"{_NVIDIA}=all"]
    return limits


def end_container(runtime: ContainerRuntime, name: str) -> None:
    """Ends a container and removes it, if it is there: first asked, then killed."""
    for arguments in (("stop", "--time", str(_STOPPING), name), ("rm", "--force", name)):
        try:
            subprocess.run([runtime.program, *arguments], capture_output=True, timeout=_PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
