"""Runs a pipeline.yaml with kfp.local: {"pipeline", "arguments", "root", "python", "image"} in, outcome out.

kfp.local's DockerRunner does everything but the containers: those are processes of this machine here.
``image`` is the environment that the image would have, ``python`` the interpreter in it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import docker
from kfp import components, local


class Container:
    """A container that has run."""

    def __init__(self, command: list[str], environment: dict[str, str], request: dict[str, Any]) -> None:
        words = [request["python"] if word == "python" else word for word in command]
        self._done = subprocess.run(
            words,
            env={**request["image"], **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    def logs(self, stream: bool) -> list[bytes]:
        """Returns the lines that it printed."""
        assert stream
        return self._done.stdout.splitlines(keepends=True)

    def wait(self) -> dict[str, int]:
        """Returns how it ended."""
        return {"StatusCode": self._done.returncode}


class Client:
    """What kfp.local asks of Docker."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self.images = self
        self.containers = self

    def list(self) -> list[Any]:
        """Returns the images that are there: none."""
        return []

    def pull(self, image: str) -> None:
        """Takes an image for granted."""

    def info(self) -> dict[str, Any]:
        """Returns nothing about the daemon."""
        return {}

    def run(self, command: list[str], environment: dict[str, str] | None = None, **_: Any) -> Container:
        """Runs a container to its end."""
        return Container(command, environment or {}, self._request)

    def close(self) -> None:
        """Does nothing."""


def main() -> None:
    """Runs the pipeline."""
    request = json.load(sys.stdin)
    docker.from_env = lambda: Client(request)
    local.init(runner=local.DockerRunner(), pipeline_root=request["root"], raise_on_error=False)
    pipeline = components.load_component_from_file(request["pipeline"])
    task = pipeline(**request["arguments"])
    sys.stdout.write(json.dumps({"state": str(task.state), "outputs": list(task.outputs)}) + "\n")


if __name__ == "__main__":
    main()
