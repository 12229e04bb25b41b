"""Ctrl-C and its like: noted by a handler, acted on by whoever asks.

While it is open, SIGINT, SIGTERM and SIGHUP raise nothing; each makes ``fileno`` readable and is
counted. A signal that was ignored when the process started (``nohup``, a background job of a shell
script) stays ignored.
"""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType
from typing import Any

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """A context manager; only the main thread may open it."""

    def __init__(self) -> None:
        self.count = 0
        self.first: signal.Signals | None = None
        self._previous: dict[signal.Signals, Any] = {}
        self._reader, self._writer = -1, -1

    def __enter__(self) -> Interrupts:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()
        os.close(self._reader)
        os.close(self._writer)

    def fileno(self) -> int:
        """Returns a file descriptor that becomes readable when a signal arrives."""
        return self._reader

    def drain(self) -> None:
        """Makes the file descriptor unreadable until the next signal."""
        try:
            while os.read(self._reader, 64):
                pass
        except BlockingIOError:
            return

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.first = self.first or signal.Signals(number)
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:
            return
