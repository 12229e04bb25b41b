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
import errno
import fcntl
import gc
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.processes import children, environment, warm

IDLE = 900.0
"""Seconds without a node after which it leaves; the variable TFXC_STANDBY_IDLE sets another time."""
GRACE = 30.0
"""Seconds that a node gets to stop by itself."""
REQUEST_LIMIT = 10.0
"""Seconds that a client has for its request."""
LARGEST_REQUEST = 64 << 20

Command = Callable[[list[str]], int]


@dataclass
class _Node:
    """A child, and the client that waits for it (None: gone)."""

    pid: int
    client: Optional[socket.socket]
    kill_at: Optional[float] = None


class Standby:
    """The event loop. ``command`` is the launcher's command line, which children run."""

    def __init__(self, path: Path, lock: Path, command: Command) -> None:
        self._path = path
        self._lock = lock
        self._command = command
        self._idle = float(os.environ.get("TFXC_STANDBY_IDLE") or IDLE)
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._wake_read, self._wake_write = os.pipe()
        self._nodes: dict[int, _Node] = {}
        self._leaving = False

    def run(self, ready: int) -> int:
        """Imports TFX, says ``+`` on the descriptor ``ready``, and serves until nothing is left to do."""
        try:
            warm.import_tfx()
        except ImportError as error:
            sys.stderr.write(warm.cannot_import(error) + "\n")
            return 1
        self._listen()
        os.write(ready, b"+")
        os.close(ready)
        quiet_since = time.monotonic()
        while not self._leaving or self._nodes:
            self._turn()
            if self._nodes:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since >= self._idle:
                self._leave_if_nobody_comes()
        return 0

    def _listen(self) -> None:
        self._path.unlink(missing_ok=True)
        self._listener.bind(str(self._path))
        self._listener.listen(128)
        self._listener.setblocking(False)
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._stop_all())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def _turn(self) -> None:
        """Waits for something to happen, or for the next deadline, and deals with it."""
        for key, _ in self._selector.select(self._patience()):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fd == self._wake_read:
                with contextlib.suppress(BlockingIOError):
                    while os.read(self._wake_read, 4096):
                        pass
            elif key.data in self._nodes:
                self._hear(self._nodes[key.data])
        self._reap()
        now = time.monotonic()
        for node in self._nodes.values():
            if node.kill_at is not None and now >= node.kill_at:
                node.kill_at = None
                _signal_group(node.pid, signal.SIGKILL)

    def _patience(self) -> float:
        """Returns how long nothing needs to be done, in seconds."""
        times = [node.kill_at for node in self._nodes.values() if node.kill_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else self._idle

    def _accept(self) -> None:
        """Starts a child for a client, if it is one of this user's and says what it wants."""
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        client.settimeout(REQUEST_LIMIT)
        outputs: list[int] = []
        try:
            if _peer_user(client) != os.getuid():
                raise ConnectionError("a client of another user")
            header, outputs, _, _ = socket.recv_fds(client, 4, 2)
            size = int.from_bytes(header, "big")
            if len(header) != 4 or len(outputs) != 2 or size > LARGEST_REQUEST:
                raise ConnectionError("no request")
            request = json.loads(_receive(client, size))
            self._start(client, request, outputs)
        except (OSError, ValueError, KeyError) as error:
            sys.stderr.write(f"refused: {error}\n")
            client.close()
        finally:
            for descriptor in outputs:
                os.close(descriptor)

    def _start(self, client: socket.socket, request: Mapping[str, Any], outputs: list[int]) -> None:
        """Forks the child that runs a client's command."""
        close = [self._listener.fileno(), self._wake_read, self._wake_write, client.fileno()]
        close += [node.client.fileno() for node in self._nodes.values() if node.client is not None]
        if isinstance(self._selector, selectors.EpollSelector):
            close.append(self._selector.fileno())
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_the_child(self._command, request, outputs, close, server)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        client.setblocking(False)
        self._nodes[pid] = _Node(pid, client)
        self._selector.register(client, selectors.EVENT_READ, data=pid)

    def _hear(self, node: _Node) -> None:
        """A client that says anything, or goes away, wants its node to stop."""
        if node.client is None:
            return
        try:
            word = node.client.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            word = b"" if error.errno != errno.EINTR else b"?"
        if not word:
            self._selector.unregister(node.client)
            node.client.close()
            node.client = None
        self._stop(node)

    def _stop(self, node: _Node) -> None:
        """Asks a child to stop, and sets when it is killed if it does not."""
        if node.kill_at is None:
            node.kill_at = time.monotonic() + GRACE
            with contextlib.suppress(ProcessLookupError):
                os.kill(node.pid, signal.SIGTERM)

    def _stop_all(self) -> None:
        self._leaving = True
        for node in self._nodes.values():
            self._stop(node)

    def _reap(self) -> None:
        """Collects children that have ended, with what they left running, and tells their clients."""
        for node in list(self._nodes.values()):
            if os.waitid(os.P_PID, node.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _signal_group(node.pid, signal.SIGKILL)
            _, status = os.waitpid(node.pid, 0)
            del self._nodes[node.pid]
            if node.client is not None:
                code = os.waitstatus_to_exitcode(status)
                answer = {"exit": code, "signal": -code if code < 0 else None}
                self._selector.unregister(node.client)
                with contextlib.suppress(OSError):
                    node.client.sendall(json.dumps(answer).encode())
                node.client.close()

    def _leave_if_nobody_comes(self) -> None:
        """Ends the loop, unless a client is about to connect: it holds the lock then."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._path.unlink(missing_ok=True)
            self._accept()
            self._leaving = True
        except BlockingIOError:
            return
        finally:
            os.close(descriptor)


def _receive(client: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        chunk = client.recv(min(size - len(content), 1 << 20))
        if not chunk:
            raise ConnectionError("a request that breaks off")
        content += chunk
    return content


def _peer_user(client: socket.socket) -> int:
    """Returns the user of the process at the other end."""
    if sys.platform != "linux":
        return os.getuid()  # the folder lets nobody else in
    _, user, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(user)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _be_the_child(
    command: Command, request: Mapping[str, Any], outputs: list[int], close: list[int], server: int
) -> None:
    """Runs the command in the forked child, which ends here."""
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        children.die_with(server)
        for target, descriptor in zip((1, 2), outputs, strict=True):
            os.dup2(descriptor, target)
        for descriptor in (*close, *outputs):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        gc.enable()
        code = command(list(request["arguments"]))
    except environment.Stopped:
        code = 1
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 1
    except BaseException:  # noqa: BLE001 - nothing may unwind into the standby launcher's own frames
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
