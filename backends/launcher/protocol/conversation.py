"""Talking to the launcher's server: sending requests, and waiting for replies, signals or a moment."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from typing import Protocol

from tfxc.backends.launcher.protocol.messages import Reply, Request


class Launcher(Protocol):
    """A running launcher: what of `tfxc.backends.launcher.protocol.client.LauncherClient` a run needs."""

    @property
    def found_warm(self) -> bool:
        """Whether TFX had been imported before."""

    @property
    def stays(self) -> float:
        """For how many seconds an imported TFX stays when its client has gone."""

    def new_id(self) -> int:
        """Returns an id that no request has had."""

    def request(self, request: Request) -> None:
        """Sends a request. Raises LauncherUnavailable if the server is gone."""

    def poll(self, timeout: float | None = None) -> list[Reply]:
        """Returns the replies that arrive in that time. Raises LauncherUnavailable if the server is gone."""

    def fileno(self) -> int:
        """Returns a file descriptor that is readable when `poll` has something to say."""


class Interrupts(Protocol):
    """Signals that have arrived: ``count`` of them."""

    count: int

    def fileno(self) -> int:
        """Returns a file descriptor that is readable when one has arrived."""

    def drain(self) -> None:
        """Makes the descriptor wait for the next one."""


class Conversation:
    """One caller's side of the talk.

    ``tick`` is called at least every ``interval`` seconds. ``interrupts`` end a `wait`; a caller whose
    signals are exceptions has none.
    """

    def __init__(
        self,
        launcher: Launcher,
        tick: Callable[[], None],
        interval: float | None,
        interrupts: Interrupts | None = None,
    ) -> None:
        self._launcher = launcher
        self._interrupts = interrupts
        self._tick = tick
        self._interval = interval
        self._heard = 0

    def next_id(self) -> int:
        """Returns an id for a request."""
        return self._launcher.new_id()

    def send(self, request: Request) -> None:
        """Sends a request. Raises LauncherUnavailable."""
        self._launcher.request(request)

    def ask(self, request: Request) -> Reply:
        """Sends a request and returns the reply that ends it. Raises LauncherUnavailable."""
        self.send(request)
        return self.end_of(request.id)

    def end_of(self, request_id: int) -> Reply:
        """Returns the reply that ends a request which was sent, and passes over all others."""
        while True:
            for reply in self.wait():
                if reply.id == request_id and reply.reply != "started":
                    return reply

    def new_interrupts(self) -> int:
        """Returns how many signals have arrived since the last call."""
        count = self._count()
        new, self._heard = count - self._heard, count
        return new

    def wait(self, until: float | None = None) -> list[Reply]:
        """Returns replies as soon as there are some; none when a signal came or ``until`` has passed.

        ``until`` is a time of `time.monotonic`. Raises LauncherUnavailable.
        """
        while True:
            self._tick()
            replies = self._launcher.poll(0)
            now = time.monotonic()
            if replies or self._count() > self._heard or (until is not None and now >= until):
                return replies
            limits = [limit for limit in (self._interval, until and until - now) if limit is not None]
            with selectors.DefaultSelector() as selector:
                selector.register(self._launcher.fileno(), selectors.EVENT_READ)
                if self._interrupts is not None:
                    selector.register(self._interrupts.fileno(), selectors.EVENT_READ)
                selector.select(max(0.0, min(limits)) if limits else None)
            if self._interrupts is not None:
                self._interrupts.drain()

    def _count(self) -> int:
        return 0 if self._interrupts is None else self._interrupts.count
