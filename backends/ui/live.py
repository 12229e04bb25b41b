"""Following a run that goes on: its events, its states in ML Metadata, and the log of a node.

Each is an asynchronous stream of server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
Files are read in threads, a bounded piece at a time.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tfxc.backends.metadata.events import Event
from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.log_excerpt import ESCAPES

LOOK_EVERY = 0.3
"""Seconds between two looks at a file."""
ASK_EVERY = 3.0
"""Seconds between two questions to a metadata store, for a run without a folder here."""
HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is still there."""
MOST_BYTES = 1 << 18
"""Bytes of a log that are shown of its end, and read at a time."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REWRITTEN = re.compile(r"[^\n]*(?:\r(?!\n)|\x08+)(?=[^\n])")
"""What a progress bar has written and gone back over."""


@dataclass(frozen=True)
class Message:
    """A server-sent event. ``id`` is what a browser sends back when it connects again."""

    event: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        """Returns it as it is sent; JSON holds no line break."""
        head = f"id: {self.id}\n" if self.id else ""
        return f"{head}event: {self.event}\ndata: {json.dumps(self.data)}\n\n".encode()


def cleaned(text: str) -> str:
    """Returns a log's text without what only a terminal understands."""
    return _CONTROLS.sub("", _REWRITTEN.sub("", ESCAPES.sub("", text.replace("\r\n", "\n"))))


async def run_events(path: Path, start: int) -> AsyncIterator[bytes]:
    """Yields what happens in a run from a byte of its ``events.jsonl`` on, until the run is over."""
    offset = start
    heard = time.monotonic()
    while True:
        piece, offset = await asyncio.to_thread(_whole_lines, path, offset)
        for line, end in piece:
            message = _message(line, end)
            if message is not None:
                yield message.encode()
                heard = time.monotonic()
                if message.event == "end":
                    return
        if time.monotonic() - heard > HEARTBEAT:
            yield b": still here\n\n"
            heard = time.monotonic()
        if not piece:
            await asyncio.sleep(LOOK_EVERY)


def _whole_lines(path: Path, offset: int) -> tuple[list[tuple[bytes, int]], int]:
    """Returns the whole lines behind a byte with where each ends, and where the last one does."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(MOST_BYTES)
    except OSError:
        return [], offset
    lines = []
    for line in content.splitlines(keepends=True):
        if line.endswith(b"\n"):
            offset += len(line)
            lines.append((line, offset))
    return lines, offset


def _message(line: bytes, end: int) -> Message | None:
    try:
        event = Event.model_validate_json(line)
    except ValidationError:
        return None
    if event.event == "run_finished":
        return Message("end", {"state": event.state or ""}, str(end))
    state = {"node_started": "running", "node_retrying": "retrying", "node_finished": event.state}.get(
        event.event
    )
    if event.node is None or state is None:
        return None
    fields = {"node": event.node, "state": state, "seconds": event.seconds, "reason": event.reason or ""}
    return Message("node", {**fields, "time": event.time.timestamp()}, str(end))


async def store_states(read: Callable[[], Run]) -> AsyncIterator[bytes]:
    """Yields the states of a run's nodes as its metadata store has them, until the run is over."""
    known: dict[str, str] = {}
    while True:
        run = await asyncio.to_thread(read)
        for message in _changes(run, known):
            yield message.encode()
        if run.state != "running":
            yield Message("end", {"state": run.state}).encode()
            return
        await asyncio.sleep(ASK_EVERY)
        yield b": still here\n\n"


def _changes(run: Run, known: dict[str, str]) -> Iterator[Message]:
    for node in run.nodes:
        if known.get(node.node) != node.state:
            known[node.node] = node.state
            time_of = node.ended or node.began
            yield Message(
                "node",
                {
                    "node": node.node,
                    "state": node.state,
                    "seconds": node.seconds,
                    "reason": node.reason,
                    "time": time_of.timestamp() if time_of is not None else None,
                },
            )


@dataclass(frozen=True)
class Tail:
    """The end of a log: its text, whether there is more before it, and where it ends in the file."""

    text: str
    cut: bool
    end: int


def tail(path: Path) -> Tail:
    """Returns the end of a log, beginning with a whole line. Raises OSError."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - MOST_BYTES)
        file.seek(start)
        content = file.read(MOST_BYTES)
    end = start + len(content)
    if start:
        content = content.partition(b"\n")[2]
    return Tail(cleaned(content.decode("utf-8", "replace")), bool(start), end)


async def log_text(path: Path, start: int) -> AsyncIterator[bytes]:
    """Yields what is written to a log behind a byte, for as long as somebody listens."""
    offset = start
    heard = time.monotonic()
    while True:
        lines, end = await asyncio.to_thread(_whole_lines, path, offset)
        if lines:
            text = b"".join(line for line, _ in lines).decode("utf-8", "replace")
            yield Message("log", cleaned(text), str(end)).encode()
            offset, heard = end, time.monotonic()
        elif time.monotonic() - heard > HEARTBEAT:
            yield b": still here\n\n"
            heard = time.monotonic()
        if not lines:
            await asyncio.sleep(LOOK_EVERY)
