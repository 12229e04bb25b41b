"""Talking to the launcher's server: sending requests, and waiting for replies, signals or a moment."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from typing import Protocol

from tfxc.backends.launcher.protocol.messages import Reply, Request
from tfxc.backends.local.running.interrupts import Interrupts


class Launcher(Protocol):
    """A running launcher: what of `tfxc.backends.launcher.protocol.client.LauncherClient` a run needs."""

    def new_id(self) -> int:
        """Returns an id that no request has had."""

    def request(self, request: Request) -> None:
        """Sends a request. Raises LauncherUnavailable if the server is gone."""

    def poll(self, timeout: float | None = None) -> list[Reply]:
        """Returns the replies that arrive in that time. Raises LauncherUnavailable if the server is gone."""

    def fileno(self) -> int:
        """Returns a file descriptor that is readable when `poll` has something to say."""


class Conversation:
    """One caller's side of the talk. ``tick`` is called at least every ``interval`` seconds."""

    def __init__(
        self, launcher: Launcher, interrupts: Interrupts, tick: Callable[[], None], interval: float | None
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

    def new_interrupts(self) -> int:
        """Returns how many signals have arrived since the last call."""
        new, self._heard = self._interrupts.count - self._heard, self._interrupts.count
        return new

    def wait(self, until: float | None = None) -> list[Reply]:
        """Returns replies as soon as there are some; none when a signal came or ``until`` has passed.

        ``until`` is a time of `time.monotonic`. Raises LauncherUnavailable.
        """
        while True:
            self._tick()
            replies = self._launcher.poll(0)
            now = time.monotonic()
            if replies or self._interrupts.count > self._heard or (until is not None and now >= until):
                return replies
            limits = [limit for limit in (self._interval, until and until - now) if limit is not None]
            with selectors.DefaultSelector() as selector:
                selector.register(self._launcher.fileno(), selectors.EVENT_READ)
                selector.register(self._interrupts.fileno(), selectors.EVENT_READ)
                selector.select(max(0.0, min(limits)) if limits else None)
            self._interrupts.drain()
