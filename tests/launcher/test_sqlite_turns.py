"""Processes that ask one SQLite file take turns, and none of them waits for long."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns the configuration of a SQLite store, whose lock lies in a folder of this test's."""
    from ml_metadata.proto import metadata_store_pb2

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(tmp_path / "metadata.sqlite")
    return config


def hold_in_child(config: Any, seconds: float) -> int:
    """Forks a process that has a turn of so many seconds; returns its id once it has it."""
    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    read, write = os.pipe()
    child = os.fork()
    if child == 0:

        def hold() -> None:
            os.write(write, b"!")
            time.sleep(seconds)

        in_turn(config, hold)
        os._exit(0)
    os.read(read, 1)
    os.close(read)
    os.close(write)
    return child


def test_another_process_is_waited_for(config: Any) -> None:
    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    in_turn(config, int)  # the child does not use what this process has opened
    began = time.monotonic()
    child = hold_in_child(config, 0.3)
    in_turn(config, int)
    assert 0.3 <= time.monotonic() - began < 0.9
    os.waitpid(child, 0)


def test_nobody_waits_for_long(config: Any) -> None:
    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    child = hold_in_child(config, 30)
    began = time.monotonic()
    assert in_turn(config, lambda: "asked") == "asked"
    assert 0.9 < time.monotonic() - began < 10
    os.kill(child, 9)
    os.waitpid(child, 0)
    began = time.monotonic()
    in_turn(config, int)
    assert time.monotonic() - began < 0.9  # a dead process holds no lock


def test_threads_take_turns_too(config: Any) -> None:
    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.01)
        inside.pop()

    threads = [threading.Thread(target=in_turn, args=(config, work)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_what_is_raised_ends_the_turn(config: Any) -> None:
    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    with pytest.raises(ZeroDivisionError):
        in_turn(config, lambda: 1 / 0)
    began = time.monotonic()
    in_turn(config, int)
    assert time.monotonic() - began < 0.9


def test_without_a_place_for_the_lock_there_are_no_turns(
    config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfxc.backends.launcher.node import sqlite_turns
    from tfxc.backends.launcher.protocol.standby_place import InsecureFolderError

    def refuse() -> Path:
        raise InsecureFolderError("others may write to it")

    monkeypatch.setattr(sqlite_turns, "private_folder", refuse)
    assert sqlite_turns.in_turn(config, lambda: "asked") == "asked"


def test_servers_have_no_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ml_metadata.proto import metadata_store_pb2

    from tfxc.backends.launcher.node.sqlite_turns import in_turn

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for server in (metadata_store_pb2.ConnectionConfig(), metadata_store_pb2.MetadataStoreClientConfig()):
        assert in_turn(server, lambda: "asked") == "asked"
    assert not list(tmp_path.iterdir())
