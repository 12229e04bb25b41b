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
import importlib.util
import itertools
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Optional

import pydantic

from tfxc.backends.launcher.protocol.messages import ErrorReply, Reply, Request, ShutdownRequest
from tfxc.schemas.start import launcher_command

_REPLY: pydantic.TypeAdapter[Reply] = pydantic.TypeAdapter(Reply)


class LauncherUnavailable(RuntimeError):  # noqa: N818 - the name of a state, as in urllib and http
    """The server could not be started, or is gone. ``str()`` is a sentence for the user."""


class LauncherClient:
    """A running server and the two pipes to it.

    Not for several threads at once. ``log`` gets what TFX and its kin print while they are imported
    and while runs are opened.
    """

    def __init__(self, log: Path, python: str = sys.executable) -> None:
        self._log = log
        self._python = python
        self._ids = itertools.count(1)
        self._unread = bytearray()
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._requests: Optional[IO[bytes]] = None
        self._replies: Optional[IO[bytes]] = None
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
        if self._python == sys.executable and importlib.util.find_spec("tfx") is None:
            raise LauncherUnavailable("TFX is not installed in this environment: install tfxc[tfx].")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                launcher_command(self._python, "serve"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._requests, self._replies = self._process.stdin, self._process.stdout
        os.set_blocking(self.fileno(), False)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._running().pid

    def new_id(self) -> int:
        """Returns an id that no request of this client has had."""
        return next(self._ids)

    def fileno(self) -> int:
        """Returns a descriptor that is readable when `poll` has something."""
        if self._replies is None:
            raise LauncherUnavailable("the launcher is not running.")
        return self._replies.fileno()

    def request(self, request: Request) -> None:
        """Sends a request. Raises LauncherUnavailable if the server is gone."""
        if self._requests is None:
            raise LauncherUnavailable("the launcher is not running.")
        try:
            self._requests.write(request.model_dump_json().encode() + b"\n")
            self._requests.flush()
        except (BrokenPipeError, ValueError):
            raise self._gone() from None

    def poll(self, timeout: Optional[float] = None) -> list[Reply]:
        """Returns the replies that have arrived, waiting up to ``timeout`` seconds for the first.

        None waits for ever. An empty list means that the time is over. Raises LauncherUnavailable
        if the server is gone, or says that it cannot work in this environment.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            replies = self._receive()
            if replies or self._ended:
                break
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return []
            with selectors.DefaultSelector() as selector:
                selector.register(self.fileno(), selectors.EVENT_READ)
                selector.select(left)
        for reply in replies:
            if isinstance(reply, ErrorReply) and reply.id == 0:
                raise LauncherUnavailable(f"{reply.error.message} Its log: {self._log}")
        if not replies:
            raise self._gone()
        return replies

    def close(self, grace: float = 15.0) -> None:
        """Ends the server: running children are stopped first. After ``grace`` seconds it is killed.

        Does nothing if the server was never started or is closed already.
        """
        process, requests, replies = self._process, self._requests, self._replies
        if process is None or requests is None or replies is None:
            return
        self._process = self._requests = self._replies = None
        with contextlib.suppress(OSError, ValueError):
            requests.write(ShutdownRequest(id=0).model_dump_json().encode() + b"\n")
        with contextlib.suppress(OSError, ValueError):
            requests.close()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        replies.close()

    def _receive(self) -> list[Reply]:
        """Reads what has arrived and returns the whole lines of it."""
        while not self._ended:
            try:
                chunk = os.read(self.fileno(), 1 << 16)
            except BlockingIOError:
                break
            self._ended = not chunk
            self._unread += chunk
        *lines, rest = bytes(self._unread).split(b"\n")
        self._unread = bytearray(rest)
        return [_REPLY.validate_json(line) for line in lines if line]

    def _running(self) -> subprocess.Popen[bytes]:
        """Returns the server's process."""
        if self._process is None:
            raise LauncherUnavailable("the launcher is not running.")
        return self._process

    def _gone(self) -> LauncherUnavailable:
        """Returns the error for a server that ended by itself."""
        try:
            code: Optional[int] = self._running().wait(5.0)
        except subprocess.TimeoutExpired:
            code = None
        if code is not None and code < 0:
            how = f"was killed by signal {-code}"
        else:
            how = f"ended with exit code {code}" if code is not None else "closed its connection"
        return LauncherUnavailable(f"the launcher {how}; its log: {self._log}")
