"""The launcher's client: starts the server and talks to it. Imports nothing of TFX.

Usage::

    with LauncherClient(log=folder / "launcher.log") as client:
        client.request(OpenRequest(id=client.new_id(), context=context))
        while …:
            for reply in client.poll(timeout=1.0):
                …

The server is in a session of its own: Ctrl-C at the terminal reaches the client only, which decides
what becomes of the children. If the client dies, by SIGKILL even, the server and its children end.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import selectors
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Optional

from tfxc.backends.launcher.protocol.server_process import (
    ForkedServer,
    LauncherUnavailable,
    ServerProcess,
    StartServer,
    forked_server,
    new_server,
)

if TYPE_CHECKING:
    # A server is started first, and what is said to it is imported while it imports TFX.
    from tfxc.backends.launcher.protocol.messages import Reply, Request

__all__ = ["LauncherClient", "LauncherUnavailable"]


class LauncherClient:
    """A running server and the two pipes to it.

    Not for several threads at once. ``log`` gets what TFX and its kin print while they are imported
    and while runs are opened. With ``keep_warm`` the server is a fork of the standby launcher, which stays
    for so many seconds when the client has gone; where that is not to be had, or is not ready in time, it
    is a new interpreter after all, and what was asked meanwhile is asked again.
    """

    def __init__(self, log: Path, python: str = sys.executable, keep_warm: float = 0.0) -> None:
        self._log = log
        self._starts: list[StartServer] = [functools.partial(new_server, python=python)]
        if keep_warm > 0:
            self._starts.insert(0, lambda log: forked_server(log, keep_warm))
        self._ids = itertools.count(1)
        self._unread = bytearray()
        self._server: Optional[ServerProcess] = None
        self._asked: list[bytes] = []
        self._ready = False
        self._ended = False

    def __enter__(self) -> LauncherClient:
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def start(self) -> None:
        """Starts the server; it says `ReadyReply` when TFX is imported, seconds later.

        Requests may be sent at once. Raises LauncherUnavailable if TFX is not installed.
        """
        self._log.parent.mkdir(parents=True, exist_ok=True)
        while self._server is None:
            self._server = self._starts.pop(0)(self._log)
        os.set_blocking(self.fileno(), False)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._running().pid()

    @property
    def found_warm(self) -> bool:
        """Whether TFX had been imported before this client came."""
        return self._server is not None and self._server.found

    @property
    def stays(self) -> float:
        """For how many seconds an imported TFX stays when this client has gone."""
        return 0.0 if self._server is None else self._server.stays

    def keep_warm(self, seconds: float) -> None:
        """Changes for how long; nothing if none stays anyway."""
        if isinstance(self._server, ForkedServer):
            self._server.keep(seconds)

    def new_id(self) -> int:
        """Returns an id that no request of this client has had."""
        return next(self._ids)

    def fileno(self) -> int:
        """Returns a descriptor that is readable when `poll` has something. Another server has another one."""
        return self._running().replies.fileno()

    def request(self, request: Request) -> None:
        """Sends a request. Raises LauncherUnavailable if the server is gone."""
        line = request.model_dump_json().encode() + b"\n"
        self._wait_for_fork()
        if not self._ready:
            self._asked.append(line)
        if not self._write(line) and not self._start_another():
            raise self._gone()

    def poll(self, timeout: Optional[float] = None) -> list[Reply]:
        """Returns the replies that have arrived, waiting up to ``timeout`` seconds for the first.

        None waits for ever. An empty list means that the time is over. Raises LauncherUnavailable
        if the server is gone, or says that it cannot work in this environment.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            replies = self._receive()
            if replies or (self._ended and not self._start_another()):
                break
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return []
            with selectors.DefaultSelector() as selector:
                selector.register(self.fileno(), selectors.EVENT_READ)
                selector.select(left)
        self._ready = self._ready or bool(replies)
        for reply in replies:
            if reply.reply == "error" and reply.id == 0:
                raise LauncherUnavailable(f"{reply.error.message} Its log: {self._log}")
        if not replies:
            raise self._gone()
        return replies

    def close(self, grace: float = 15.0) -> None:
        """Ends the server: running children are stopped first. After ``grace`` seconds it is killed.

        Does nothing if the server was never started or is closed already.
        """
        from tfxc.backends.launcher.protocol.messages import ShutdownRequest

        server, self._server = self._server, None
        if server is None:
            return
        with contextlib.suppress(OSError, ValueError):
            server.requests.write(ShutdownRequest(id=0).model_dump_json().encode() + b"\n")
        with contextlib.suppress(OSError, ValueError):
            server.requests.close()
        server.end(grace)

    def _write(self, line: bytes) -> bool:
        """Writes a line to the server; returns whether it could be written."""
        requests = self._running().requests
        try:
            requests.write(line)
            requests.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def _wait_for_fork(self) -> None:
        """Waits until the first word of a server that should be there, and starts another if it is not."""
        ready_by = self._running().ready_by
        if self._ready or ready_by is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno(), selectors.EVENT_READ)
            if not selector.select(max(0.0, ready_by - time.monotonic())):
                self._start_another()

    def _start_another(self) -> bool:
        """Starts a server in the next way, in place of one that never was ready, and asks it all again.

        Returns whether there is such a way, and a need. Raises LauncherUnavailable.
        """
        if self._ready or not self._starts:
            return False
        self._running().give_up()
        self._server, self._ended = None, False
        self._unread.clear()
        self.start()
        return all(map(self._write, self._asked))

    def _receive(self) -> list[Reply]:
        """Reads what has arrived and returns the whole lines of it."""
        from tfxc.backends.launcher.protocol.messages import read_reply

        while not self._ended:
            try:
                chunk = os.read(self.fileno(), 1 << 16)
            except BlockingIOError:
                break
            self._ended = not chunk
            self._unread += chunk
        *lines, rest = bytes(self._unread).split(b"\n")
        self._unread = bytearray(rest)
        return [read_reply(line) for line in lines if line]

    def _running(self) -> ServerProcess:
        """Returns the server's process."""
        if self._server is None:
            raise LauncherUnavailable("the launcher is not running.")
        return self._server

    def _gone(self) -> LauncherUnavailable:
        """Returns the error for a server that ended by itself."""
        code = self._running().ended(5.0)
        if code is not None and code < 0:
            how = f"was killed by signal {-code}"
        else:
            how = f"ended with exit code {code}" if code is not None else "closed its connection"
        return LauncherUnavailable(f"the launcher {how}; its log: {self._log}")
