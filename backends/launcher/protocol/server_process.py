"""A launcher's server, as its client has it: a new interpreter, or a fork of the standby launcher."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Optional, Protocol

from tfxc.backends.launcher.protocol import standby_connection
from tfxc.backends.launcher.protocol.standby_place import InsecureFolderError, Place, find_place
from tfxc.schemas.start import launcher_command

LISTENS_WITHIN = 4.0
"""Seconds within which a standby launcher that is there gives a run its server; a fork takes a hundredth."""
GOES_WITHIN = 0.5
"""Seconds that a server which is to end at once gets to do so by itself."""


class LauncherUnavailable(RuntimeError):  # noqa: N818 - the name of a state, as in urllib and http
    """The server could not be started, or is gone. ``str()`` is a sentence for the user."""


class ServerProcess(Protocol):
    """A server and the two pipes to it."""

    requests: IO[bytes]
    replies: IO[bytes]
    ready_by: Optional[float]
    """the time of `time.monotonic` by which it is ready, or something is wrong with it; None: whenever"""
    found: bool
    """whether TFX had been imported before"""

    @property
    def stays(self) -> float:
        """For how many seconds an imported TFX stays when the server has ended."""

    def pid(self) -> int:
        """Returns the server's process id."""

    def ended(self, patience: float) -> Optional[int]:
        """Returns how the server ended, as `subprocess.Popen.returncode`; None if that is not known."""

    def end(self, grace: float) -> None:
        """Waits for the end of a server that was told to leave; kills it after ``grace`` seconds."""

    def give_up(self) -> None:
        """Lets go of a server that never was ready, so that nobody waits for it again."""


StartServer = Callable[[Path], Optional[ServerProcess]]
"""Starts a server that logs to a file; None if there can be none in this way. Raises LauncherUnavailable."""


class NewServer:
    """A server in an interpreter of its own, which imports TFX."""

    ready_by: Optional[float] = None
    found = False
    stays = 0.0

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        self._process = process
        self.requests: IO[bytes]
        self.replies: IO[bytes]
        self.requests, self.replies = process.stdin, process.stdout

    def pid(self) -> int:
        return self._process.pid

    def ended(self, patience: float) -> Optional[int]:
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def end(self, grace: float) -> None:
        if self.ended(grace) is None:
            _kill_group(self._process.pid)
            self._process.wait()
        self.replies.close()

    def give_up(self) -> None:
        with contextlib.suppress(OSError):
            self.requests.close()
        self.end(0.0)


def new_server(log: Path, python: str = sys.executable) -> ServerProcess:
    """Starts an interpreter. It says that it is ready when TFX is imported, seconds later.

    Raises LauncherUnavailable if TFX is not installed.
    """
    if python == sys.executable and importlib.util.find_spec("tfx") is None:
        raise LauncherUnavailable("TFX is not installed in this environment: install tfxc[tfx].")
    with log.open("ab") as stream:
        return NewServer(
            subprocess.Popen(
                launcher_command(python, "serve"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                start_new_session=True,
            )
        )


class ForkedServer:
    """A server that the standby launcher has forked, or will when it has imported TFX."""

    def __init__(
        self,
        connection: socket.socket,
        pipes: tuple[int, int],
        place: Place,
        *,
        found: bool,
        stays: float,
    ) -> None:
        self._connection = connection
        self._place = place
        self._pid: Optional[int] = None
        self.requests: IO[bytes]
        self.replies: IO[bytes]
        self.requests, self.replies = os.fdopen(pipes[0], "wb"), os.fdopen(pipes[1], "rb")
        self.found, self._stays = found, stays
        self.ready_by: Optional[float] = time.monotonic() + LISTENS_WITHIN if found else None

    def pid(self) -> int:
        if self._pid is None:
            started = next(standby_connection.answers(self._connection), None)
            if started is None or "started" not in started:
                raise LauncherUnavailable("the standby launcher is gone.")
            self._pid = int(started["started"])
        return self._pid

    @property
    def stays(self) -> float:
        gone = select.poll()
        gone.register(self._connection.fileno(), 0)
        return 0.0 if gone.poll(0) else self._stays

    def keep(self, seconds: float) -> None:
        """Says for how long the standby launcher is to stay when the server has ended."""
        self._stays = seconds
        with contextlib.suppress(OSError):
            self._connection.sendall(f"idle {seconds}\n".encode())

    def ended(self, patience: float) -> Optional[int]:
        self._connection.settimeout(patience)
        try:
            for answer in standby_connection.answers(self._connection):
                if "exit" in answer:
                    return -int(answer["signal"]) if answer["signal"] is not None else int(answer["exit"])
        except (OSError, ValueError):
            return None
        return None

    def end(self, grace: float) -> None:
        # While the server lives, and no longer, it holds the other end of this pipe.
        gone = select.poll()
        gone.register(self.replies.fileno(), 0)
        if not gone.poll(1000 * max(grace, GOES_WITHIN)):
            with contextlib.suppress(LauncherUnavailable, OSError):
                self._connection.settimeout(GOES_WITHIN)
                _kill_group(self.pid())
        self._connection.close()
        self.replies.close()

    def give_up(self) -> None:
        if self.found:
            # It hangs: the next run shall not wait for it as well.
            self._place.socket.unlink(missing_ok=True)
        self._connection.close()
        for stream in (self.requests, self.replies):
            with contextlib.suppress(OSError):
                stream.close()


def forked_server(log: Path, stays: float) -> Optional[ForkedServer]:
    """Takes a server from the standby launcher of this environment, which is started if there is none.

    It stays for some seconds when the server has ended. None if there can be none, or if it is just
    being started by somebody else.
    """
    try:
        place = find_place()
        with standby_connection.locked(place.lock, wait=False) as lock:
            connection = standby_connection.connect(place)
            found = connection is not None
            if connection is None and lock is None:
                return None
            if connection is None:
                assert lock is not None  # noqa: S101 - looked at before
                connection = standby_connection.start(place, lock)
        return _handed_over(connection, place, log, found=found, stays=stays)
    except (InsecureFolderError, OSError):
        return None


def _handed_over(
    connection: socket.socket, place: Place, log: Path, *, found: bool, stays: float
) -> ForkedServer:
    requests_read, requests = os.pipe()
    replies, replies_write = os.pipe()
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    connection.settimeout(LISTENS_WITHIN if found else None)
    try:
        streams = (requests_read, replies_write, errors)
        standby_connection.send(connection, ["serve"], streams, idle=stays, independent=True)
    except OSError:
        os.close(requests)
        os.close(replies)
        connection.close()
        raise
    finally:
        for descriptor in (requests_read, replies_write, errors):
            os.close(descriptor)
    connection.settimeout(None)
    return ForkedServer(connection, (requests, replies), place, found=found, stays=stays)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
