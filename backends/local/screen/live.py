"""The live table of a run on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Optional, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from tfxc.backends.local.screen.board import Board, Row, node_types, plain_reason
from tfxc.backends.metadata.events import Event
from tfxc.backends.reports.states import STATE_STYLES, shown_seconds, shown_state
from tfxc.schemas.plan import Plan

NARROW = 72
"""Below this many columns the component types are left out."""
FRAME_SECONDS = 0.1
FEWEST_ROWS = 3


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
        self._board = Board(plan.name)
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
            size = self._console.size
            table = board_view(self._board, datetime.now().astimezone(), size.width, size.height)
            self._live.update(table, refresh=True)
        except (OSError, ValueError):  # a terminal that went away must not end the run
            self._broken = True

    def close(self) -> None:
        """Removes the table."""
        try:
            self._live.stop()
        except (OSError, ValueError):
            self._broken = True


def board_view(board: Board, now: datetime, width: int, height: int) -> Group:
    """Returns the board as it fits a screen of that size, a line for each row."""
    rows = rows_to_show(list(board.rows.values()), max(FEWEST_ROWS, height - 3))
    names = min(_longest(row.node for row in board.rows.values()), max(8, width // 3))
    types = min(_longest(row.type for row in board.rows.values()), 20) if width >= NARROW else 0
    lines = [_line(row, now, names, types) for row in rows]
    for line in (header := _header(board, now), *lines, footer := _footer(board, len(rows))):
        line.truncate(max(1, width - 1), overflow="ellipsis")
    return Group(header, *lines, footer)


def _line(row: Row, now: datetime, names: int, types: int) -> Text:
    elapsed = row.elapsed(now)
    text = Text(_cut(row.node, names))
    if types:
        text.append(f"  {_cut(row.type, types)}", style="dim")
    text.append(f"  {shown_state(row.state):<9}", style=STATE_STYLES.get(row.state, ""))
    text.append(f"  {'' if elapsed is None else shown_seconds(elapsed):>6}")
    note = _note(row)
    text.append(f"  {note}" if note else "", style="dim")
    text.rstrip()
    return text


def _longest(texts: Iterable[str]) -> int:
    return max((len(text) for text in texts), default=0)


def _cut(text: str, width: int) -> str:
    return (text if len(text) <= width else text[: width - 1] + "…").ljust(width)


def rows_to_show(rows: list[Row], room: int) -> list[Row]:
    """Returns at most ``room`` rows in their order: what runs, failed, comes next and ended last."""
    if len(rows) <= room:
        return rows
    newest_first = sorted(
        (row for row in rows if row.over),
        key=lambda row: row.since or datetime.min.astimezone(),
        reverse=True,
    )
    running = [row for row in rows if row.state in ("running", "retrying")]
    failed = [row for row in newest_first if row.state in ("failed", "cancelled")]
    waiting = [row for row in rows if row.state == "waiting"]
    coming = max(1, (room - len(running)) // 2)
    chosen: dict[str, Row] = {}
    for group in (running, failed[: room // 3], waiting[:coming], newest_first, waiting):
        _fill(chosen, group, room)
    return [row for row in rows if row.node in chosen]


def _fill(chosen: dict[str, Row], group: Iterable[Row], room: int) -> None:
    for row in group:
        if len(chosen) >= room:
            return
        chosen[row.node] = row


def _header(board: Board, now: datetime) -> Text:
    text = Text(no_wrap=True)
    text.append(board.pipeline, style="bold")
    if board.began is not None:
        text.append(f"  {shown_seconds((now - board.began).total_seconds())}")
    phase = board.phase or ("reading the results" if all(row.over for row in board.rows.values()) else "")
    if phase:
        text.append(f"  {phase}…", style="yellow")
    if board.run_id:
        text.append(f"  run {board.run_id}", style="dim")
    return text


def _footer(board: Board, shown: int) -> Text:
    text = Text(no_wrap=True)
    for state, count in board.counts():
        if text:
            text.append(" · ", style="dim")
        text.append(f"{count} {shown_state(state)}", style=STATE_STYLES[state])
    if shown < len(board.rows):
        text.append(f"  ({shown} of {len(board.rows)} nodes shown)", style="dim")
    return text


def _note(row: Row) -> str:
    if row.state == "running" and row.attempt > 1:
        return f"attempt {row.attempt} of {row.attempts}"
    if row.state == "retrying":
        return f"attempt {row.attempt} of {row.attempts} failed: {plain_reason(row.node, row.reason)}"
    return plain_reason(row.node, row.reason)
