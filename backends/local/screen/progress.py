"""Shows a run while it goes on: a live table on a terminal, plain lines everywhere else."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Optional, Protocol, TextIO

from rich.cells import cell_len

from tfxc.backends.local.screen.board import Board, node_labels, node_types, plain_reason
from tfxc.backends.local.screen.log_lines import clean_line
from tfxc.backends.metadata.events import Event
from tfxc.backends.reports.findings import shown_path
from tfxc.backends.reports.states import shown_seconds, shown_state
from tfxc.schemas.plan import Plan


class Progress(Protocol):
    """Shows a run. Output that cannot be written any more never stops the run."""

    interval: Optional[float]
    """seconds between two calls of `tick`; None if time alone changes nothing"""

    def show(self, event: Event) -> None:
        """Takes note of an event."""

    def tick(self) -> None:
        """Brings what is on the screen up to date."""

    def close(self) -> None:
        """Leaves the screen to what follows."""


def make_progress(plan: Plan, stream: TextIO, *, quiet: bool) -> Progress:
    """Returns the display that fits the stream: none, the live table, or plain lines."""
    if quiet:
        return SilentProgress()
    if wants_table(stream, os.environ):
        from tfxc.backends.local.screen.live import LiveProgress

        return LiveProgress(plan, stream)
    return PlainProgress(plan, stream)


def wants_table(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream can show a table that changes: a terminal whose user has not asked for less."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM", "dumb") != "dumb"


class SilentProgress:
    """Shows nothing."""

    interval: Optional[float] = None

    def show(self, event: Event) -> None:
        """Does nothing."""

    def tick(self) -> None:
        """Does nothing."""

    def close(self) -> None:
        """Does nothing."""


class PlainProgress:
    """One line for each thing that happens, beginning with the local time."""

    interval: Optional[float] = None

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._stream = stream
        self._types = node_types(plan)
        self._board = Board(plan.name)
        self._names = {node: clean_line(label) for node, label in node_labels(plan).items()}
        self._width = min(40, max((cell_len(name) for name in self._names.values()), default=0))
        self._here = Path.cwd()
        self._broken = False

    def show(self, event: Event) -> None:
        """Writes the event's line."""
        self._board.take(event, self._types)
        words = plain_words(event, self._here)
        if words and event.node is not None:
            name = self._names.get(event.node) or event.node
            words = f"{name}{' ' * (self._width - cell_len(name))}  {words}"
        if words:
            self._write(f"{_clock(event.time)} {words}\n")

    def tick(self) -> None:
        """Does nothing: lines are written when something happens."""

    def close(self) -> None:
        """Writes an empty line before what follows."""
        self._write("\n")

    def _write(self, text: str) -> None:
        if self._broken:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # a reader that went away must not end the run
            self._broken = True


def plain_words(event: Event, here: Path | None = None) -> str:
    """Returns what to say of an event, in one line; nothing for one that needs no words.

    A log below the folder ``here`` is named relative to it.
    """
    words: Callable[[Event], str] = _WORDS[event.event]
    log = f", log: {shown_path(event.log, here)}" if event.event == "node_started" and event.log else ""
    return " ".join(f"{words(event)}{log}".split())


def _imported(seconds: float) -> str:
    return f"TFX imported in {shown_seconds(seconds)}" if seconds >= 0.1 else "TFX has stayed imported"


def _finished(event: Event) -> str:
    state = shown_state(event.state or "")
    took = f" in {shown_seconds(event.seconds)}" if event.seconds is not None else ""
    return f"{state}{took}{f': {_reason(event)}' if event.reason else ''}"


def _started(event: Event) -> str:
    tried = (event.attempt or 1) > 1
    return f"running, attempt {event.attempt} of {event.attempts}" if tried else "running"


def _retrying(event: Event) -> str:
    took = f" after {shown_seconds(event.seconds)}" if event.seconds is not None else ""
    wait = f" in {shown_seconds(event.wait)}" if event.wait else ""
    return f"attempt {event.attempt} of {event.attempts} failed{took}, next{wait}: {_reason(event)}"


def _stopping(event: Event) -> str:
    if event.reason:
        return "stopping at once"
    return "stopping what runs; what is finished is kept (Ctrl-C again stops at once)"


def _run_finished(event: Event) -> str:
    return f"run {event.state} in {shown_seconds(event.seconds or 0.0)}"


_WORDS: Mapping[str, Callable[[Event], str]] = {
    "run_started": lambda event: f"{event.pipeline}: run {event.run_id}, importing TFX",
    "run_resumed": lambda event: f"{event.pipeline}: run {event.run_id} goes on, importing TFX",
    "tfx_imported": lambda event: _imported(event.seconds or 0.0),
    "pipeline_opened": lambda event: "",
    "node_started": _started,
    "node_retrying": _retrying,
    "node_finished": _finished,
    "run_stopping": _stopping,
    "run_finished": _run_finished,
}


def _reason(event: Event) -> str:
    return plain_reason(event.node or "", event.reason or "")


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}"
