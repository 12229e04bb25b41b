"""The end of logs that are being written, read now and then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tfxc.backends.local.screen.log_lines import Said, what_it_says

TAIL_BYTES = 16 * 1024
"""What is read of a log at a time, from its end: Keras' bar writes about 200 bytes for each step."""
READ_SECONDS = 0.5
"""The least time between two looks at the logs."""


@dataclass(frozen=True)
class _Tail:
    size: int
    said: Said


class LogTails:
    """What the logs of running nodes said last. A log that cannot be read says nothing; nothing is raised."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked = -READ_SECONDS
        self._tails: dict[str, _Tail] = {}

    def look(self, logs: Iterable[str]) -> None:
        """Reads the ends of the logs that have grown, if it is time to."""
        now = self._clock()
        if now - self._looked < READ_SECONDS:
            return
        self._looked = now
        self._tails = {log: self._tail(log) for log in logs}

    def words(self, log: str) -> str:
        """Returns what a log said last, or nothing."""
        tail = self._tails.get(log)
        return tail.said.words if tail is not None else ""

    def _tail(self, log: str) -> _Tail:
        before = self._tails.get(log, _Tail(0, Said()))
        try:
            size = os.stat(log).st_size  # noqa: PTH116 - also of a text that is no path
            if size == before.size:
                return before
            text = _end_of(log, size)
        except (OSError, ValueError):
            return before
        return _Tail(size, what_it_says(text, before.said))


def _end_of(log: str, size: int) -> str:
    """Returns the last TAIL_BYTES of a log, without the line whose beginning is not among them."""
    start = max(0, size - TAIL_BYTES)
    descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        file.seek(start)
        content = file.read(TAIL_BYTES)
    if start:
        cuts = [position for position in (content.find(b"\n"), content.find(b"\r")) if position >= 0]
        content = content[min(cuts, default=-1) + 1 :]
    return content.decode("utf-8", errors="replace")
