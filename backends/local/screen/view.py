"""The table of a run at one moment, as it fits a screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from tfxc.backends.local.screen.board import Board, Row, plain_reason
from tfxc.backends.local.screen.fitting import cut_front, filled
from tfxc.backends.reports.findings import shown_path
from tfxc.backends.reports.one_line import shortened
from tfxc.backends.reports.states import STATE_STYLES, shown_seconds, shown_state

NARROW = 72
"""Below this many columns the component types are left out."""
FEWEST_ROWS = 3
INDENT = "  "
LOGS = "logs: "


def board_view(
    board: Board,
    now: datetime,
    width: int,
    height: int,
    *,
    words: Callable[[str], str] = lambda log: "",
    here: Path | None = None,
) -> Group:
    """Returns the board as it fits a screen of that size: a line for each row, and one for what its log says.

    ``words`` says what a log says last. Logs below the folder ``here`` are named relative to it.
    """
    room = max(FEWEST_ROWS, height - 4)
    said = {
        row.node: text for row in board.rows.values() if row.state == "running" and (text := words(row.log))
    }
    rows = rows_to_show(list(board.rows.values()), max(FEWEST_ROWS, room - min(len(said), room // 3)))
    with_words = [row.node for row in rows if row.node in said][: max(0, room - len(rows))]
    names = min(_longest(row.name for row in board.rows.values()), max(8, width // 3))
    types = min(_longest(row.type for row in board.rows.values()), 20) if width >= NARROW else 0
    lines: list[Text] = [_header(board, now)]
    for row in rows:
        lines.append(_line(row, now, names, types))
        if row.node in with_words:
            lines.append(Text(INDENT + shortened(said[row.node], width - 1 - len(INDENT)), style="dim"))
    lines.append(_footer(board, len(rows)))
    where = _logs(board, here, width - 1)
    lines += [Text(where, style="dim")] if where and height > FEWEST_ROWS + 3 else []
    for line in lines:
        line.no_wrap = True
        line.truncate(max(1, width - 1), overflow="ellipsis")
    return Group(*lines)


def _line(row: Row, now: datetime, names: int, types: int) -> Text:
    elapsed = row.elapsed(now)
    text = Text(filled(row.name, names))
    if types:
        text.append(f"  {filled(row.type, types)}", style="dim")
    text.append(f"  {shown_state(row.state):<9}", style=STATE_STYLES.get(row.state, ""))
    text.append(f"  {'' if elapsed is None else shown_seconds(elapsed):>6}")
    note = _note(row)
    text.append(f"  {note}" if note else "", style="dim")
    text.rstrip()
    return text


def _logs(board: Board, here: Path | None, width: int) -> str:
    """Returns where the running nodes log: the file of one, the folder of several; nothing if none runs."""
    logs = [row.log for row in board.rows.values() if row.state == "running" and row.log]
    if not logs:
        return ""
    place = (
        shown_path(logs[0], here) if len(logs) == 1 else shown_path(str(Path(logs[0]).parent), here) + os.sep
    )
    return LOGS + cut_front(place, width - len(LOGS))


def _longest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)


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
    if row.state == "running":
        attempt = f"attempt {row.attempt} of {row.attempts}" if row.attempt > 1 else ""
        return ", ".join(part for part in (attempt, Path(row.log).name) if part)
    if row.state == "retrying":
        return f"attempt {row.attempt} of {row.attempts} failed: {plain_reason(row.node, row.reason)}"
    return plain_reason(row.node, row.reason)
