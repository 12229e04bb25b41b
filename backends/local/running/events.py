"""Writing what happens in a run, in order: one line of JSON each in the run's ``events.jsonl``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from tfxc.backends.metadata.events import Event, Kind
from tfxc.schemas.failures import because


class EventLog:
    """Appends the events of a run to a file and hands them on. Nothing that fails here stops a run.

    ``events`` are those of this process; ``note`` says what could not be written, if anything.
    """

    def __init__(self, path: Path, show: Callable[[Event], None], now: Callable[[], datetime]) -> None:
        self._path = path
        self._show = show
        self._now = now
        self.events: list[Event] = []
        self.note = ""

    def emit(self, event: Kind, **fields: Any) -> None:
        """Writes an event with these fields, at this moment."""
        happened = Event(time=self._now(), event=event, **fields)
        self.events.append(happened)
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(happened.to_line())
        except OSError as error:
            self.note = self.note or f"events are missing in {because(error, self._path)}."
        self._show(happened)
