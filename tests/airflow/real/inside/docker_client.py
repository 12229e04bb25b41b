"""What `DockerOperator` asks of a Docker daemon, for tests, with processes of this machine as containers.

A container is its entrypoint and command in an environment that has what it was given, and PATH. `python` is
the one that PYTHON_OF_IMAGES names. What was asked for is in the file that DOCKER_CALLS names.
"""

import json
import os
import subprocess
from pathlib import Path


class Client:
    """Containers by id: what they were created with, and the process once it has started."""

    def __init__(self):
        self.created = {}
        self.processes = {}

    def images(self, name):
        return [{"RepoTags": [name]}]

    def create_host_config(self, **config):
        return config

    def create_container(self, **asked):
        name = str(len(self.created) + 1)
        self.created[name] = asked
        told = {key: asked[key] for key in ("image", "entrypoint", "command", "environment", "working_dir")}
        told["mounts"] = [each["Target"] for each in asked["host_config"]["mounts"]]
        with Path(os.environ["DOCKER_CALLS"]).open("a") as calls:
            calls.write(json.dumps(told) + "\n")
        return {"Id": name}

    def attach(self, container, **options):
        """Yields what a container prints, as soon as it has started."""
        yield from self.processes[container].stdout

    def start(self, container):
        asked = self.created[container]
        program, *words = [*(asked["entrypoint"] or []), *(asked["command"] or [])]
        program = os.environ["PYTHON_OF_IMAGES"] if program == "python" else program
        self.processes[container] = subprocess.Popen(
            [program, *words],
            env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"], **asked["environment"]},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def wait(self, container):
        return {"StatusCode": self.processes[container].wait()}

    def remove_container(self, container, **options):
        self.processes.pop(container, None)


def take_the_place_of_docker():
    """Lets every DockerOperator of this process use one such client."""
    from airflow.providers.docker.operators.docker import DockerOperator

    client = Client()
    DockerOperator.cli = property(lambda self: client)
