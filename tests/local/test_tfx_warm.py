"""Runs one after the other: TFX stays imported, and nothing else of a run does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tfx, pytest.mark.timeout(300)]

TFXC = Path(sys.executable).with_name("tfxc")
SPEC = """
version: 1
name: warm
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  tell: {type: "steps:Tell", execution: {cache: false}}
"""
STEPS = """
import os, tempfile, time
from tfx.v1.dsl.components import OutputDict, component
from tfx.v1 import dsl
from tfx.v1.types import standard_artifacts as artifacts

@dsl.components.component
def Tell(told: dsl.components.OutputArtifact[artifacts.HyperParameters]) -> None:
    words = ["first", os.environ.get("SECRET", ""), os.getcwd(), tempfile.gettempdir()]
    os.makedirs(told.uri, exist_ok=True)
    open(os.path.join(told.uri, "words"), "w").write("\\n".join(words))
    time.sleep(float(os.environ.get("NAP", "0")))
"""


class Warm:
    """A project, and a folder that its standby launchers have their sockets in."""

    def __init__(self, runtime: Any, project: Path) -> None:
        self.runtime, self.project = runtime, project

    def variables(self, **more: str) -> dict[str, str]:
        own = {"XDG_RUNTIME_DIR": str(self.runtime.path), "TFXC_STANDBY_IDLE": "60"}
        return {**os.environ, **own, **more}

    def start(self, *options: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [TFXC, "run", self.project / "pipeline.yaml", "--json", *options],
            env=self.variables(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, **more: str) -> Any:
        """Runs the pipeline and returns its report."""
        return self.report(self.start(*options, **more))

    def report(self, process: subprocess.Popen[str]) -> Any:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, output + errors
        return json.loads(output)

    def told(self, report: Any) -> list[str]:
        """Returns what the node of a run has found."""
        uri = report["nodes"][0]["artifacts"][0]["uri"]
        return (self.project / uri / "words").read_text().splitlines()

    def standby(self) -> list[Any]:
        """Returns what `tfxc standby` tells of those of the folder: others' may stay beside them."""
        command = [TFXC, "standby", "--json"]
        done = subprocess.run(command, env=self.variables(), capture_output=True, text=True, check=True)
        own = set(self.running())
        return [each for each in json.loads(done.stdout) if str(each["pid"]) in own]

    def running(self) -> list[str]:
        """Returns the processes that belong to the project, or wait for it."""
        processes: list[str] = self.runtime.processes()
        return processes

    def left(self, *expected: int) -> list[str]:
        """Returns them when all but those expected have ended: a server outlives its command by a moment."""
        deadline = time.monotonic() + 10
        while set(self.running()) - set(map(str, expected)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.running()


@pytest.fixture
def warm(runtime_folder: Any, tmp_path: Path) -> Iterator[Warm]:
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    (tmp_path / "steps.py").write_text(STEPS)
    yield Warm(runtime_folder, tmp_path)
    runtime_folder.end()


def launcher(report: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = report["launcher"]
    return found


def test_the_next_run_starts_at_once_and_has_nothing_of_the_one_before(warm: Warm, tmp_path: Path) -> None:
    first = warm.run(SECRET="of the first")
    assert (launcher(first)["found_warm"], launcher(first)["stays_seconds"]) == (False, 60)
    assert launcher(first)["peak_memory"] > 300 << 20
    assert warm.told(first)[:3] == ["first", "of the first", str(tmp_path)]
    (tmp_path / "steps.py").write_text(STEPS.replace("first", "edited"))
    (tmp_path / "temporary").mkdir()
    began = time.monotonic()
    second = warm.run(TMPDIR=str(tmp_path / "temporary"))
    took = time.monotonic() - began
    assert launcher(second)["found_warm"]
    assert launcher(second)["import_seconds"] < 0.5
    assert warm.told(second)[:3] == ["edited", "", str(tmp_path)]
    assert warm.told(second)[3].startswith(str(tmp_path / "temporary"))
    assert not list((tmp_path / "temporary").iterdir())
    (waiting,) = warm.standby()
    warm.left(waiting["pid"])
    (waiting,) = warm.standby()
    assert (waiting["state"], waiting["commands"]) == ("waits", 0)

    # Two at once share it, and one that wants its own has its own.
    at_once = [warm.start(NAP="1"), warm.start(NAP="1")]
    assert all(launcher(warm.report(each))["found_warm"] for each in at_once)
    alone = warm.run("--no-warm")
    assert (launcher(alone)["found_warm"], launcher(alone)["stays_seconds"]) == (False, 0)
    assert launcher(alone)["import_seconds"] > 0.5
    assert took < 10
    (tmp_path / "pipeline.yaml").write_text(SPEC + "backends: {local: {keep_warm: 0}}\n")
    assert launcher(warm.run(TFXC_STANDBY_IDLE=""))["stays_seconds"] == 0

    # A run that is stopped leaves it, and no other process.
    stopped = warm.start(NAP="60")
    time.sleep(3)
    stopped.send_signal(signal.SIGINT)
    stopped.communicate(timeout=60)
    assert stopped.returncode == 130
    assert warm.standby()[0]["pid"] == waiting["pid"]
    assert warm.left(waiting["pid"]) == [str(waiting["pid"])]


def test_a_run_survives_what_happens_to_it(warm: Warm) -> None:
    warm.run()
    (first,) = warm.standby()
    run = warm.start(NAP="3")
    time.sleep(1.5)
    os.kill(first["pid"], signal.SIGKILL)
    assert launcher(warm.report(run))["stays_seconds"] == 0
    assert warm.standby() == []
    assert not launcher(warm.run())["found_warm"]
    (second,) = warm.standby()
    os.kill(second["pid"], signal.SIGSTOP)
    try:
        assert not launcher(warm.run())["found_warm"]
    finally:
        os.kill(second["pid"], signal.SIGKILL)


@pytest.mark.parametrize("variables", [{"CI": "true", "TFXC_STANDBY_IDLE": ""}, {"TFXC_STANDBY_IDLE": "0"}])
def test_none_stays_where_nobody_wants_it(warm: Warm, variables: dict[str, str]) -> None:
    assert launcher(warm.run(**variables))["stays_seconds"] == 0
    assert warm.standby() == []
    assert warm.left() == []
