"""The live table of a run on a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Optional, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tfxc.backends.local.board import STATE_STYLES, Board, Row, node_types, shown_seconds, shown_state
from tfxc.backends.local.events import Event
from tfxc.schemas.plan import Plan

NARROW = 72
"""Below this many columns the component types are left out."""
FRAME_SECONDS = 0.1
FEWEST_ROWS = 3


class LiveProgress:
    """A table that is drawn again and again in place, and removed at the end."""

    interval: Optional[float] = 0.25

    def __init__(self, plan: Plan, stream: TextIO) -> None:
        self._types = node_types(plan)
        self._board = Board(plan.name)
        self._console = Console(file=stream, highlight=False)
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


def board_view(board: Board, now: datetime, width: int, height: int) -> RenderableType:
    """Returns the board as it fits a screen of that size."""
    rows = rows_to_show(list(board.rows.values()), max(FEWEST_ROWS, height - 4))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, expand=False)
    table.add_column(no_wrap=True, overflow="ellipsis", min_width=8, max_width=max(10, width // 3))
    if width >= NARROW:
        table.add_column(no_wrap=True, overflow="ellipsis", style="dim", max_width=22)
    table.add_column(no_wrap=True, min_width=9)
    table.add_column(no_wrap=True, justify="right", min_width=6)
    table.add_column(no_wrap=True, overflow="ellipsis", style="dim", ratio=1)
    for row in rows:
        elapsed = row.elapsed(now)
        cells: list[RenderableType] = [Text(row.node)]
        if width >= NARROW:
            cells.append(Text(row.type))
        cells.append(Text(shown_state(row.state), style=STATE_STYLES.get(row.state, "")))
        cells.append(Text("" if elapsed is None else shown_seconds(elapsed)))
        cells.append(Text(_note(row)))
        table.add_row(*cells)
    return Group(_header(board, now), table, _footer(board, len(rows)))


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
    text = Text(no_wrap=True, overflow="ellipsis")
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
    text = Text(no_wrap=True, overflow="ellipsis")
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
        return f"attempt {row.attempt} of {row.attempts} failed: {' '.join(row.reason.split())}"
    return " ".join(row.reason.split())
