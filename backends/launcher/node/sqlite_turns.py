"""Whose turn it is to ask a SQLite file, among the processes of one user on one machine.

SQLite's own lock makes whoever comes second sleep for a fixed time: half a second in a run whose nodes start
together, where the first needs two milliseconds. Nothing depends on the turns but that: a process that does
not get one within a second asks all the same, as it does where there is no place for the lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional, TypeVar

from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.protocol.standby_place import InsecureFolderError, private_folder

_PATIENCE = 1.0
_LOCKS = 64
"""Lock files that there may be: two stores that share one wait milliseconds for each other."""
_SHORTEST_WAIT, _LONGEST_WAIT = 0.0005, 0.004

T = TypeVar("T")


class _Turns:
    """The lock of one SQLite file in this process. A forked child opens one of its own."""

    def __init__(self, path: str) -> None:
        self.owner = os.getpid()
        self._threads = threading.Lock()
        place = int.from_bytes(hashlib.sha256(path.encode("utf-8", "surrogateescape")).digest()[:4], "big")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(private_folder() / f"metadata-{place % _LOCKS}.lock", flags, 0o600)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until it is this thread's turn, or for a second."""
        deadline = time.monotonic() + _PATIENCE
        mine = self._threads.acquire(timeout=_PATIENCE)
        try:
            locked = mine and self._lock_until(deadline)
            try:
                yield
            finally:
                if locked:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        finally:
            if mine:
                self._threads.release()

    def _lock_until(self, deadline: float) -> bool:
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(random.uniform(_SHORTEST_WAIT, _LONGEST_WAIT))  # noqa: S311 - a pause, no secret
            except OSError:
                return False
            else:
                return True


def sqlite_path(config: Any) -> Optional[str]:
    """Returns the file of a SQLite configuration; None for a server."""
    if isinstance(config, metadata_store_pb2.ConnectionConfig) and config.HasField("sqlite"):
        return str(Path(config.sqlite.filename_uri).absolute())
    return None


_known: dict[str, Optional[_Turns]] = {}


def in_turn(config: Any, function: Callable[..., T], *arguments: Any) -> T:
    """Calls a function that asks the store of a configuration, and returns what it returns.

    One at a time where that store is a SQLite file.
    """
    turns = _turns_of(config)
    if turns is None:
        return function(*arguments)
    with turns.turn():
        return function(*arguments)


def _turns_of(config: Any) -> Optional[_Turns]:
    named = sqlite_path(config)
    if named is None:
        return None
    path = os.path.realpath(named)
    turns = _known.get(path)
    if path not in _known or (turns is not None and turns.owner != os.getpid()):
        turns = None
        with contextlib.suppress(OSError, InsecureFolderError):
            turns = _Turns(path)
        _known[path] = turns
    return turns
