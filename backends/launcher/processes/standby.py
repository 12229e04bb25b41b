"""The standby launcher: TFX imported once on a machine, a forked child for every command that starts there.

Importing TFX is most of what a short task costs, and most of a run in which little has changed. `tfxc
run` and ``run-node --warm`` hand their command to the standby launcher of their user, through a Unix
socket in a folder that nobody else can enter: a run takes a server of its own from it, a node its end.

Guarantees
    - Only processes of the same user are served.
    - A child has the environment, working directory, umask and output of the process that asked for it.
    - When that process goes away its child is told to stop, and killed if it does not.
    - The children die with the standby launcher, but for those that are independent of it: the servers
      of runs, which end with their client.
    - It leaves when it was idle for as long as its clients wanted, when the packages of its environment
      have changed, and when it is asked to.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.processes import warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.processes.standby_requests import (
    STREAMS,
    Client,
    Command,
    close_streams,
    receive,
    run_requested,
    say,
)
from tfxc.backends.launcher.processes.supervisor import Supervisor
from tfxc.backends.launcher.protocol.standby_connection import peer
from tfxc.backends.launcher.protocol.standby_place import ages

FIRST_IDLE = 60.0
"""Seconds that it waits for its first client."""
GRACE = 30.0
"""Seconds that a child gets to stop by itself."""
LOOK_AFTER = 10.0
"""Seconds between two looks at the environment's packages."""
REQUEST_LIMIT = 10.0
"""Seconds that a client has for its request."""


class Standby:
    """The event loop. ``command`` is the launcher's command line, which children run.

    ``path`` is where it listens, ``lock`` the descriptor of the place's lock, which it has from its
    starter, and ``first`` a connection to that.
    """

    def __init__(self, path: Path, lock: int, first: socket.socket, command: Command) -> None:
        self._path = path
        self._lock: Optional[int] = lock
        self._first = first
        self._command = command
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._clients: dict[int, Client] = {}
        self._started = time.monotonic()
        self._stays_until = 0.0
        self._looks_at = 0.0
        self._has_worked = False
        self._leaving = False

    def run(self) -> int:
        """Imports TFX and serves until nothing is left to do. Returns the exit code."""
        self._ages = ages()
        try:
            warm.import_tfx()
        except Exception as error:  # noqa: BLE001 - whatever is wrong with an environment
            sys.stderr.write(warm.cannot_import(error) + "\n")
            return 1
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with Supervisor([signal.SIGTERM]) as self._supervisor:
            self._listen()
            self._serve()
        return 0

    def _listen(self) -> None:
        """Opens the socket, and lets others look for it."""
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._inode = self._path.stat().st_ino
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._supervisor.listen(self._listener.fileno(), self._accept)
        self._stays_until = time.monotonic() + FIRST_IDLE
        self._take_in(self._first)
        self._unlock()

    def _serve(self) -> None:
        """Turns until it was told to leave and every child has ended that would end with it, or nobody came
        for long enough."""
        while not self._leaving or self._bound():
            if self._supervisor.turn(self._patience()):
                self._leave()
                for child in self._bound():
                    self._supervisor.stop(child, "cancelled", GRACE)
            self._refuse_the_silent()
            self._look_at_environment()
            idle = not self._clients and not self._supervisor.running
            if idle and not self._leaving and time.monotonic() >= self._stays_until:
                self._leave_if_nobody_comes()

    def _bound(self) -> tuple[Child, ...]:
        """Returns the children that end with this process."""
        independent = [each.child for each in self._clients.values() if each.independent]
        return tuple(child for child in self._supervisor.running if child not in independent)

    def _patience(self) -> float:
        """Returns how long nothing needs to be done, in seconds."""
        now = time.monotonic()
        asking = [each.deadline - now for each in self._clients.values() if each.child is None]
        idle = [] if self._clients else [self._stays_until - now]
        return max(0.0, min([LOOK_AFTER, *asking, *idle]))

    def _look_at_environment(self) -> None:
        """Leaves when this is not any more what a new process would import, and when nobody can find it."""
        now = time.monotonic()
        if now >= self._looks_at and not self._leaving:
            self._looks_at = now + LOOK_AFTER
            if ages() != self._ages or not self._is_found():
                self._leave()

    def _leave(self) -> None:
        """Takes in nobody any more; the loop ends when there is nothing left to do."""
        if not self._leaving:
            self._leaving = True
            self._supervisor.unlisten(self._listener.fileno())
            self._remove_socket()
            self._listener.close()

    def _remove_socket(self) -> None:
        """Removes the socket's file, unless it is another one's by now."""
        if self._is_found():
            self._path.unlink(missing_ok=True)

    def _is_found(self) -> bool:
        """Whether whoever looks for a standby launcher finds this one."""
        with contextlib.suppress(OSError):
            return self._path.stat().st_ino == self._inode
        return False

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _accept(self) -> None:
        """Takes in a client, if it is one of this user's."""
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if peer(connection)[1] != os.getuid():
            sys.stderr.write("refused: a client of another user\n")
            connection.close()
            return
        self._take_in(connection)

    def _take_in(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        client = Client(connection, time.monotonic() + REQUEST_LIMIT)
        self._clients[connection.fileno()] = client
        self._supervisor.listen(connection.fileno(), lambda: self._hear(client))

    def _hear(self, client: Client) -> None:
        """Reads what a client says: its request, and later what is to become of its command."""
        try:
            if client.child is not None:
                self._obey(client)
            elif receive(client):
                self._answer(client, json.loads(client.content))
        except BlockingIOError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            sys.stderr.write(f"refused: {error}\n")
            self._forget(client)

    def _answer(self, client: Client, request: Any) -> None:
        """Answers a question, or starts what is asked for. Raises ValueError if it is neither."""
        if not isinstance(request, dict):
            raise ValueError("not a request")
        question = request.get("question")
        if question is None:
            self._start(client, request)
            return
        if question == "leave":
            self._leave()
        say(client, self._status())
        self._forget(client)

    def _status(self) -> dict[str, Any]:
        """Returns what there is to know of this process; ``memory`` in bytes, times in seconds."""
        now = time.monotonic()
        unit = 1 if sys.platform == "darwin" else 1024
        return {
            "pid": os.getpid(),
            "age": now - self._started,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
            "commands": len(self._supervisor.running),
            "stays": max(0.0, self._stays_until - now),
        }

    def _start(self, client: Client, request: Mapping[str, Any]) -> None:
        """Starts the child that runs a client's command."""
        if len(client.streams) != STREAMS:
            raise ConnectionError("a command without its streams")
        if not self._has_worked:
            self._has_worked, self._stays_until = True, 0.0
        client.idle, client.independent = float(request["idle"]), bool(request["independent"])
        others = [each for other in self._clients.values() if other is not client for each in other.streams]
        client.child = self._supervisor.start(
            lambda: b"%d" % run_requested(self._command, request, client.streams[0]),
            (client.streams[1], client.streams[2]),
            lambda child, ended: self._ended(client, ended),
            close=others,
            independent=client.independent,
        )
        close_streams(client)
        say(client, {"started": client.child.pid})

    def _obey(self, client: Client) -> None:
        """A client says for how long this process is to stay. One that says anything else, or goes away,
        wants its command to stop."""
        try:
            said = client.socket.recv(4096)
        except ConnectionResetError:
            said = b""
        if said.startswith(b"idle "):
            client.idle = float(said.split()[1])
            return
        if client.child is not None and client.child.stopped is None:
            self._supervisor.stop(client.child, "cancelled", GRACE)
        if not said:
            self._supervisor.unlisten(client.socket.fileno())

    def _ended(self, client: Client, ended: Ended) -> None:
        """Tells a client how its command ended, if it is still there."""
        code = int(ended.answer) if ended.answer else ended.exit_code
        say(client, {"exit": code, "signal": ended.signal_number})
        self._stays_until = max(self._stays_until, time.monotonic() + client.idle)
        self._forget(client)

    def _refuse_the_silent(self) -> None:
        now = time.monotonic()
        for client in list(self._clients.values()):
            if client.child is None and now >= client.deadline:
                sys.stderr.write("refused: no request\n")
                self._forget(client)

    def _forget(self, client: Client) -> None:
        """Closes a client's connection; nothing if that has happened."""
        descriptor = client.socket.fileno()
        if self._clients.pop(descriptor, None) is not None:
            self._supervisor.unlisten(descriptor)
            client.socket.close()
            close_streams(client)

    def _leave_if_nobody_comes(self) -> None:
        """Ends the loop, unless a client is about to connect: it holds the lock then."""
        lock = self._path.with_suffix(".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._accept()
            if not self._clients:
                self._leave()
        except BlockingIOError:
            self._stays_until = time.monotonic() + 1.0
        finally:
            os.close(descriptor)
