"""Running a node in the standby launcher of this machine, which is started if there is none.

The command is handed over with its environment, working directory and output; what comes back is the
exit code. SIGTERM is passed on, and the node ends when this process is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Optional

from tfxc.backends.launcher.processes.standby_place import InsecureFolderError, Place, find_place
from tfxc.schemas.start import launcher_command

START_LIMIT = 300.0
"""Seconds that a standby launcher may take to import TFX."""
STOP = b"stop\n"


def run_in_standby(arguments: Sequence[str]) -> Optional[int]:
    """Runs the launcher's command line ``arguments`` in the standby launcher; returns its exit code.

    Returns None, after a line on standard error, if there can be none: then this process has to do
    the work itself.
    """
    try:
        connection = _connect(find_place())
    except (InsecureFolderError, OSError) as error:
        _tell(f"no standby launcher: {error}.")
        return None
    if connection is None:
        _tell("the standby launcher could not be started; its log says why.")
        return None
    with connection:
        return _hand_over(connection, arguments)


def _connect(place: Place) -> Optional[socket.socket]:
    """Returns a connection to the standby launcher, started if need be; None if it does not start.

    The lock keeps tasks that start at the same time from starting one each, and the standby
    launcher from leaving in between.
    """
    with _locked(place.lock):
        connection = _try(place.socket)
        if connection is None and _start(place):
            connection = _try(place.socket)
        return connection


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _try(path: Path) -> Optional[socket.socket]:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


def _start(place: Place) -> bool:
    """Starts a standby launcher and waits until it listens; returns whether it does."""
    ready, told = os.pipe()
    command = launcher_command(sys.executable, "standby", "--socket", str(place.socket))
    with place.log.open("wb") as log:
        # A session of its own, and none of our descriptors: it outlives this task.
        subprocess.Popen(
            [*command, "--lock", str(place.lock), "--ready", str(told)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            pass_fds=(told,),
            start_new_session=True,
        )
    os.close(told)
    try:
        readable, _, _ = select.select([ready], [], [], START_LIMIT)
        return bool(readable) and os.read(ready, 1) == b"+"
    finally:
        os.close(ready)


def _hand_over(connection: socket.socket, arguments: Sequence[str]) -> int:
    """Sends the command and waits for its end. Returns its exit code."""
    request = {
        "arguments": list(arguments),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
    }
    body = json.dumps(request).encode()
    sys.stdout.flush()
    sys.stderr.flush()
    socket.send_fds(connection, [len(body).to_bytes(4, "big")], [1, 2])
    connection.sendall(body)

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(STOP)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    answer = b""
    while chunk := connection.recv(4096):
        answer += chunk
    if not answer:
        _tell("the standby launcher is gone, and the node with it.")
        return 1
    ended = json.loads(answer)
    if ended["signal"] is not None:
        _tell(f"the node's process was killed by signal {ended['signal']}.")
        return 1
    return int(ended["exit"])


def _tell(message: str) -> None:
    sys.stderr.write(f"tfxc: {message}\n")
    sys.stderr.flush()
