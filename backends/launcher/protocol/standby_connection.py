"""Reaching the standby launcher: connecting to the one that is there, starting one, handing over a command.

What is handed over is a command line of the launcher's, with environment, working directory, umask and
standard streams; what comes back is that its process has started, and how it ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.protocol.standby_place import Place, start_variables
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.start import launcher_command

IDLE = "TFXC_STANDBY_IDLE"
"""Environment variable: for how many seconds a standby launcher stays without work."""
STOP = b"stop\n"
"""What a client says that wants its command to stop."""
SIZE = struct.Struct(">I")
"""The length of a request, which comes before it, together with the descriptors."""


def idle_seconds(environment: Mapping[str, str], default: float) -> float:
    """Returns for how long a standby launcher stays: what the environment says, or the default.

    Raises WrongUse if that is no number of seconds.
    """
    text = environment.get(IDLE, "").strip()
    try:
        seconds = float(text or default)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise WrongUse(f"{IDLE} is `{text}`: set it to a number of seconds; 0 keeps no standby launcher.")
    return seconds


def connect(place: Place) -> Optional[socket.socket]:
    """Returns a connection to the standby launcher of a place, or None if none listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(place.socket))
    except OSError:
        connection.close()
        return None
    return connection


@contextlib.contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[Optional[int]]:
    """Holds the lock of a place: who has it starts a standby launcher, or lets one leave.

    Gives its descriptor; None if somebody else has it and this is not to ``wait``. A process that inherits
    the descriptor holds the lock, too, until it closes it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def start(place: Place, lock: int) -> socket.socket:
    """Starts a standby launcher and returns a connection to it, over which requests may be sent at once.

    It has the lock until it listens, and a session and an environment of its own: it outlives this
    process, and nothing of this run is left in it. Raises OSError.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    command = launcher_command(sys.executable, "standby", "--socket", str(place.socket))
    with theirs, place.log.open("wb") as log:
        inherited = (theirs.fileno(), lock)
        process = subprocess.Popen(
            [*command, "--client", str(theirs.fileno()), "--lock", str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=start_variables(os.environ),
            pass_fds=inherited,
            start_new_session=True,
        )
    # Nobody here waits for its end, and that is as it should be.
    process.returncode = 0
    return ours


def send(
    connection: socket.socket,
    arguments: Sequence[str],
    streams: Sequence[int],
    *,
    idle: float,
    independent: bool = False,
) -> None:
    """Hands over a command line with this process's environment, and its three standard streams.

    ``idle`` is for how many seconds the standby launcher stays afterwards. What is ``independent`` does
    not end with it. Raises OSError.
    """
    mask = os.umask(0o077)
    os.umask(mask)
    request = {
        "arguments": list(arguments),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "umask": mask,
        "idle": idle,
        "independent": independent,
    }
    send_request(connection, request, streams)


def send_request(connection: socket.socket, request: Any, streams: Sequence[int] = ()) -> None:
    """Sends a request and the descriptors that belong to it. Raises OSError."""
    body = json.dumps(request).encode()
    socket.send_fds(connection, [SIZE.pack(len(body))], list(streams))
    connection.sendall(body)


def answers(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """Yields what comes back, as it comes: ``started`` with the process, and how that ended.

    Nothing at all means that nothing was done. Raises OSError.
    """
    content = b""
    while chunk := connection.recv(4096):
        *lines, content = (content + chunk).split(b"\n")
        yield from map(json.loads, lines)


def peer(connection: socket.socket) -> tuple[int, int]:
    """Returns process and user at the other end of a connection; process 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0, os.getuid()  # the folder lets nobody else in
    process, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(process), int(user)
