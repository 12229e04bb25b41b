"""The live table of a run on a terminal."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Optional, TextIO

from rich.console import Console
from rich.live import Live

from tfxc.backends.local.screen.board import Board, node_labels, node_types
from tfxc.backends.local.screen.log_tail import LogTails
from tfxc.backends.local.screen.view import board_view
from tfxc.backends.metadata.events import Event
from tfxc.schemas.plan import Plan

FRAME_SECONDS = 0.1


class _PatientConsole(Console):
    """A console that does not end the program when nobody reads any more, as rich's own does."""

    def on_broken_pipe(self) -> None:
        """Writes nothing from now on."""
        self.quiet = True


class LiveProgress:
    """A table that is drawn again and again in place, and removed at the end."""

    interval: Optional[float] = 0.25

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._types = node_types(plan)
        self._board = Board(plan.name, node_labels(plan))
        self._tails = LogTails()
        self._here = Path.cwd()
        self._console = _PatientConsole(file=stream, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._drawn = 0.0
        self._changed = False
        self._broken = False

    def show(self, event: Event) -> None:
        """Takes note of an event; the next `tick` draws it."""
        self._board.take(event, self._types)
        self._changed = True

    def tick(self) -> None:
        """Draws the table if something changed or time has passed."""
        now = time.monotonic()
        if self._broken or now - self._drawn < (FRAME_SECONDS if self._changed else 0.2):
            return
        self._drawn, self._changed = now, False
        try:
            if not self._live.is_started:
                self._live.start()
            self._tails.look(row.log for row in self._board.rows.values() if row.state == "running")
            size = self._console.size
            table = board_view(
                self._board,
                datetime.now().astimezone(),
                size.width,
                size.height,
                words=self._tails.words,
                here=self._here,
            )
            self._live.update(table, refresh=True)
        except (OSError, ValueError):  # a terminal that went away must not end the run
            self._broken = True

    def close(self) -> None:
        """Removes the table."""
        try:
            self._live.stop()
        except (OSError, ValueError):
            self._broken = True
