"""Docker and Podman: which is there, and what they are called with."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tfxc.backends.launcher.protocol.container_runtime import (
    ContainerRun,
    ContainerRuntime,
    Mount,
    NoContainerRuntime,
    end_container,
    find_runtime,
    run_command,
)
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Accelerator, Resources

DOCKER = ContainerRuntime("/usr/bin/docker", "docker", rootless=False)
PODMAN = ContainerRuntime("/usr/bin/podman", "podman", rootless=True)
RUN = ContainerRun("tfxc-score-1", "scorer:1.2", ("score", "--to", "/out"), ("now",))


def program(folder: Path, name: str, script: str) -> Path:
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{script}\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_docker_is_taken_if_it_works_and_podman_if_not(search: Path) -> None:
    assert find_runtime() == NoContainerRuntime("there is no `docker` and no `podman` on PATH")
    podman = program(search, "podman", "echo true")
    assert find_runtime() == ContainerRuntime(str(podman), "podman", rootless=True)
    docker = program(search, "docker", "echo '[\"name=seccomp\"]'")
    assert find_runtime() == ContainerRuntime(str(docker), "docker", rootless=False)
    program(search, "docker", 'echo \'["name=seccomp","name=rootless"]\'')
    assert find_runtime() == ContainerRuntime(str(docker), "docker", rootless=True)
    program(search, "docker", "echo 'Is the daemon running?' >&2; exit 1")
    assert find_runtime() == ContainerRuntime(str(podman), "podman", rootless=True)
    podman.unlink()
    assert find_runtime() == NoContainerRuntime("`docker info` says: Is the daemon running?")


def test_what_a_container_writes_belongs_to_who_starts_it() -> None:
    def user(runtime: ContainerRuntime, of: str) -> str:
        command = run_command(runtime, RUN, of)
        return command[command.index("--user") + 1]

    assert user(DOCKER, "1000:100") == "1000:100"
    assert user(ContainerRuntime("docker", "docker", rootless=True), "1000:100") == "0:0"
    assert user(PODMAN, "1000:100") == "0:0"


def test_a_user_whom_the_image_does_not_know_has_a_home() -> None:
    assert "HOME=/tmp" in run_command(DOCKER, RUN, "1000:1000")
    assert "HOME=/tmp" not in run_command(PODMAN, RUN, "1000:1000")
    own = ContainerRun("n", "image", ("run",), variables=("HOME", "COLOUR"))
    command = run_command(DOCKER, own, "1000:1000")
    assert "HOME=/tmp" not in command
    assert [command[at + 1] for at, word in enumerate(command) if word == "--env"] == ["HOME", "COLOUR"]


def test_the_command_takes_the_place_of_the_entry_point() -> None:
    assert run_command(DOCKER, RUN, "1:1")[-6:] == [
        "--entrypoint",
        "score",
        "scorer:1.2",
        "--to",
        "/out",
        "now",
    ]
    plain = run_command(DOCKER, ContainerRun("n", "image", (), ("a", "b")), "1:1")
    assert plain[-3:] == ["image", "a", "b"]
    assert "--entrypoint" not in plain


def test_mounts_and_limits() -> None:
    run = ContainerRun(
        "n",
        "image",
        ("run",),
        mounts=(
            Mount("/data", read_only=True),
            Mount("/out", read_only=False),
            Mount("/out", read_only=False),
        ),
        working_directory="/app",
        resources=Resources(cpu=1.5, memory=2**30, accelerator=Accelerator(type="nvidia.com/gpu", count=2)),
    )
    command = run_command(DOCKER, run, "0:0")
    assert [command[at + 1] for at, word in enumerate(command) if word == "--mount"] == [
        "type=bind,source=/data,target=/data,readonly",
        "type=bind,source=/out,target=/out",
    ]
    text = " ".join(command)
    assert "--workdir /app --cpus 1.5 --memory 1073741824b --gpus 2 --entrypoint run" in text
    assert "--device nvidia.com/gpu=all" in " ".join(run_command(PODMAN, run, "0:0"))
    with pytest.raises(Failure, match="/a,b cannot be mounted into a container"):
        run_command(DOCKER, ContainerRun("n", "image", ("run",), mounts=(Mount("/a,b", False),)), "0:0")


def test_a_container_is_asked_to_end_and_then_removed(search: Path) -> None:
    docker = program(search, "docker", "exit 1")
    end_container(ContainerRuntime(str(docker), "docker", rootless=False), "tfxc-score-1")
    assert (search / "calls").read_text() == "stop --time 5 tfxc-score-1\nrm --force tfxc-score-1\n"
