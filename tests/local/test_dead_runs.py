"""Which runs beside this one have ended without a word."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from tfxc.backends.local.running.dead_runs import dead_runs
from tfxc.backends.local.running.run_folder import claim_folder
from tfxc.backends.metadata.run_folder import RunFolder

STARTED = '{"time": "2026-11-23T17:55:30Z", "event": "run_started"}\n'
FINISHED = '{"time": "2026-11-23T17:55:40Z", "event": "run_finished", "state": "failed"}\n'


def left_behind(root: Path, name: str, events: str = STARTED, age: float = 3600.0) -> RunFolder:
    """Returns the folder of a run whose process is gone."""
    folder = RunFolder(root / name)
    os.close(claim_folder(folder))
    folder.events.write_text(events)
    then = time.time() - age
    os.utime(folder.events, (then, then))
    return folder


def test_runs_that_did_not_end_and_that_nobody_holds_are_dead(tmp_path: Path) -> None:
    own = left_behind(tmp_path, "own")
    lock = claim_folder(own)
    left_behind(tmp_path, "killed")
    left_behind(tmp_path, "cut", STARTED + FINISHED[:20])
    left_behind(tmp_path, "taken-up", STARTED + FINISHED + STARTED)
    left_behind(tmp_path, "ended", STARTED + FINISHED)
    left_behind(tmp_path, "just-now", age=5.0)
    held = claim_folder(left_behind(tmp_path, "held"))
    (left_behind(tmp_path, "elsewhere").path / "lock").write_text(f"not-{socket.gethostname()}\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".gitignore").write_text("*\n")
    assert dead_runs(own) == ("cut", "killed", "taken-up")
    for descriptor in (lock, held):
        os.close(descriptor)


def test_events_that_cannot_be_read_say_nothing(tmp_path: Path) -> None:
    own = left_behind(tmp_path, "own")
    left_behind(tmp_path, "binary", "\udcff".encode(errors="surrogateescape").decode("latin-1"))
    (left_behind(tmp_path, "folder").events).unlink()
    assert dead_runs(own) == ("binary", "own")


@pytest.mark.parametrize("events", ["", "[]\n", "3\n", '{"event": 3}\n'])
def test_events_of_another_kind_are_no_end(tmp_path: Path, events: str) -> None:
    left_behind(tmp_path, "odd", events)
    assert dead_runs(RunFolder(tmp_path / "new")) == ("odd",)
