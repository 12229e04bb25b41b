"""The examples as somebody has them who types `tfxc new` and follows what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.start.examples import copy_example, example

TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]


@dataclass(frozen=True)
class Project:
    """A project that was made out of an example."""

    folder: Path

    def make_data(self, *arguments: object) -> None:
        """Runs its generator."""
        command = [sys.executable, str(self.folder / "make_data.py"), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: object) -> dict[str, Any]:
        """Runs the pipeline and returns the report."""
        done = self._tfxc("run", self.folder, "--json", *arguments)
        assert done.stdout, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def predict(self, question: Path, *arguments: object) -> list[dict[str, Any]]:
        """Asks the model that was pushed about the rows of a file."""
        done = self._tfxc("predict", self.folder, "--input", question, "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def versions(self) -> list[str]:
        """Returns the versions of the model that were pushed, the oldest first."""
        return sorted(path.parent.name for path in (self.folder / "serving").glob("*/saved_model.pb"))

    def _tfxc(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [*TFXC, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Project]:
    """Returns a function that makes a project out of an example, as `tfxc new` does."""

    def make(name: str) -> Project:
        folder = tmp_path_factory.mktemp(name) / name
        copy_example(example(name), folder, str(folder))
        return Project(folder)

    return make


@pytest.fixture(scope="session")
def states() -> Callable[[dict[str, Any]], dict[str, str]]:
    """Returns a function that gives the state of each node of a report."""
    return lambda report: {node["node"]: node["state"] for node in report["nodes"]}
