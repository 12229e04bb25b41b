"""The standby launcher: TFX imported once on a machine, a forked child for every node that starts there.

Airflow starts a process for each task; importing TFX is most of what a short one costs. With
``run-node --warm`` that process only hands its command to the standby launcher of its user, through a
Unix socket in a folder that nobody else can enter, and waits for the exit code.

Guarantees
    - Only processes of the same user are served.
    - A child has the environment, working directory and output of the process that asked for it.
    - When that process goes away its child is told to stop, and killed if it does not.
    - The children die with the standby launcher, and it leaves when it was idle for long enough.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.processes import environment, warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.processes.supervisor import Supervisor

IDLE = 900.0
"""Seconds without a node after which it leaves; the variable TFXC_STANDBY_IDLE sets another time."""
GRACE = 30.0
"""Seconds that a node gets to stop by itself."""
REQUEST_LIMIT = 10.0
"""Seconds that a client has for its request."""
LARGEST_REQUEST = 64 << 20

Command = Callable[[list[str]], int]


@dataclass
class _Client:
    """A process that asks for a node, or waits for one.

    ``outputs`` are its standard output and error, ``content`` what it has said of a request of ``size``
    bytes, and ``deadline`` when that must be whole. ``child`` works for it.
    """

    socket: socket.socket
    deadline: float
    outputs: tuple[int, ...] = ()
    size: Optional[int] = None
    content: bytearray = field(default_factory=bytearray)
    child: Optional[Child] = None


class Standby:
    """The event loop. ``command`` is the launcher's command line, which children run."""

    def __init__(self, path: Path, lock: Path, command: Command) -> None:
        self._path = path
        self._lock = lock
        self._command = command
        self._idle = float(os.environ.get("TFXC_STANDBY_IDLE") or IDLE)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._clients: dict[int, _Client] = {}
        self._leaving = False

    def run(self, ready: int) -> int:
        """Imports TFX, says ``+`` on the descriptor ``ready``, and serves until nothing is left to do."""
        try:
            warm.import_tfx()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an environment
            sys.stderr.write(warm.cannot_import(error) + "\n")
            return 1
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with Supervisor([signal.SIGTERM]) as self._supervisor:
            self._listen()
            os.write(ready, b"+")
            os.close(ready)
            self._serve()
        return 0

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._supervisor.listen(self._listener.fileno(), self._accept)

    def _serve(self) -> None:
        """Turns until it was told to leave and every node has ended, or nobody came for long enough."""
        quiet_since = time.monotonic()
        while not self._leaving or self._supervisor.running:
            if self._supervisor.turn(self._patience()):
                self._leaving = True
                for child in self._supervisor.running:
                    self._supervisor.stop(child, "cancelled", GRACE)
            self._refuse_the_silent()
            if self._clients or self._supervisor.running:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= self._idle:
                self._leave_if_nobody_comes()

    def _patience(self) -> float:
        """Returns how long nothing needs to be done, in seconds."""
        now = time.monotonic()
        asking = [each.deadline - now for each in self._clients.values() if each.child is None]
        return max(0.0, min([self._idle, *asking]))

    def _accept(self) -> None:
        """Takes in a client, if it is one of this user's."""
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if _peer_user(connection) != os.getuid():
            sys.stderr.write("refused: a client of another user\n")
            connection.close()
            return
        connection.setblocking(False)
        client = _Client(connection, time.monotonic() + REQUEST_LIMIT)
        self._clients[connection.fileno()] = client
        self._supervisor.listen(connection.fileno(), lambda: self._hear(client))

    def _hear(self, client: _Client) -> None:
        """Reads what a client says: its request, and later that its node is to stop."""
        try:
            if client.child is not None:
                self._stop_for(client)
            elif _receive(client):
                self._start(client, json.loads(client.content))
        except BlockingIOError:
            return
        except (OSError, ValueError, KeyError) as error:
            sys.stderr.write(f"refused: {error}\n")
            self._forget(client)

    def _start(self, client: _Client, request: Mapping[str, Any]) -> None:
        """Starts the child that runs a client's command."""
        arguments, variables = list(request["arguments"]), dict(request["environment"])
        folder = str(request["folder"])
        out, err = client.outputs

        def work() -> bytes:
            return b"%d" % _run(self._command, arguments, variables, folder)

        others = [each for other in self._clients.values() if other is not client for each in other.outputs]
        client.child = self._supervisor.start(
            work, (out, err), lambda child, ended: self._ended(client, ended), close=others
        )
        _close_outputs(client)

    def _stop_for(self, client: _Client) -> None:
        """A client that says anything, or goes away, wants its node to stop."""
        gone = not client.socket.recv(4096)
        if client.child is not None and client.child.stopped is None:
            self._supervisor.stop(client.child, "cancelled", GRACE)
        if gone:
            self._forget(client)

    def _ended(self, client: _Client, ended: Ended) -> None:
        """Tells a client how its node's process ended, if it is still there."""
        code = int(ended.answer) if ended.answer else ended.exit_code
        answer = {"exit": code, "signal": ended.signal_number}
        with contextlib.suppress(OSError):
            client.socket.sendall(json.dumps(answer).encode())
        self._forget(client)

    def _refuse_the_silent(self) -> None:
        now = time.monotonic()
        for client in list(self._clients.values()):
            if client.child is None and now >= client.deadline:
                sys.stderr.write("refused: no request\n")
                self._forget(client)

    def _forget(self, client: _Client) -> None:
        """Closes a client's connection; nothing if that has happened."""
        descriptor = client.socket.fileno()
        if self._clients.pop(descriptor, None) is not None:
            self._supervisor.unlisten(descriptor)
            client.socket.close()
            _close_outputs(client)

    def _leave_if_nobody_comes(self) -> None:
        """Ends the loop, unless a client is about to connect: it holds the lock then."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._accept()
            if not self._clients:
                self._path.unlink(missing_ok=True)
                self._leaving = True
        except BlockingIOError:
            return
        finally:
            os.close(descriptor)


def _receive(client: _Client) -> bool:
    """Reads more of a request; returns whether it is whole. Raises OSError.

    First comes its length, in four bytes that carry the client's output, and then JSON.
    """
    if client.size is None:
        header, outputs, _, _ = socket.recv_fds(client.socket, 4, 2)
        client.outputs = tuple(outputs)
        client.size = int.from_bytes(header, "big")
        if len(header) != 4 or len(outputs) != 2 or client.size > LARGEST_REQUEST:
            raise ConnectionError("no request")
    while len(client.content) < client.size:
        chunk = client.socket.recv(min(client.size - len(client.content), 1 << 20))
        if not chunk:
            raise ConnectionError("a request that breaks off")
        client.content += chunk
    return True


def _close_outputs(client: _Client) -> None:
    for descriptor in client.outputs:
        os.close(descriptor)
    client.outputs = ()


def _peer_user(client: socket.socket) -> int:
    """Returns the user of the process at the other end."""
    if sys.platform != "linux":
        return os.getuid()  # the folder lets nobody else in
    _, user, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(user)


def _run(command: Command, arguments: list[str], variables: Mapping[str, str], folder: str) -> int:
    """Runs a command in the child, with the environment and folder of the process that asked for it."""
    os.environ.clear()
    os.environ.update(variables)
    # Where that process wants its temporary files, not where this one has had them.
    tempfile.tempdir = None
    os.chdir(folder)
    try:
        return command(arguments)
    except environment.Stopped:
        return 1
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 1
