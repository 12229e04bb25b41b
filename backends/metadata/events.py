"""What happens in a run, in order: one line of JSON each in the run's ``events.jsonl``.

The progress display and the final report are made from these events and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import Artifact

Kind = Literal[
    "run_started",
    "run_resumed",
    "tfx_imported",
    "pipeline_opened",
    "node_started",
    "node_retrying",
    "node_finished",
    "run_stopping",
    "run_finished",
]


class Event(BaseModel):
    """One event. Which fields are there depends on ``event``; ``seconds`` are wall time, memory is in bytes.

    ``run_started`` and ``run_resumed`` name the pipeline, the parameters and the run's nodes;
    ``tfx_imported`` has the seconds and the peak memory of the import; ``node_started`` the attempt
    and its log; ``node_retrying`` how an attempt failed and in ``wait`` the seconds until the next;
    ``node_finished`` the final state of a node, started or not; ``run_stopping`` the signal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    time: datetime
    event: Kind
    pipeline: Optional[str] = None
    run_id: Optional[str] = None
    run_date: Optional[str] = None
    parameters: Optional[dict[str, Any]] = None
    nodes: Optional[tuple[str, ...]] = None
    node: Optional[str] = None
    attempt: Optional[int] = None
    attempts: Optional[int] = None
    threads: Optional[int] = None
    state: Optional[str] = None
    reason: Optional[str] = None
    seconds: Optional[float] = None
    wait: Optional[float] = None
    peak_memory: Optional[int] = None
    execution_id: Optional[int] = None
    artifacts: tuple[Artifact, ...] = Field(default=())
    error: Optional[LaunchError] = None
    log: Optional[str] = None

    def to_line(self) -> str:
        """Returns the event as one line of JSON, without what it does not have."""
        return self.model_dump_json(exclude_none=True, exclude_defaults=True) + "\n"


def read_events(path: Path) -> Iterator[Event]:
    """Yields the events of a file in order, leaving out a line that was cut off. Raises OSError."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield Event.model_validate_json(line)
        except ValidationError:
            continue


def final_states(path: Path) -> dict[str, str]:
    """Returns the last final state that the events of a file give each node. Raises OSError."""
    states: dict[str, str] = {}
    for event in read_events(path):
        if event.event == "node_started" and event.node is not None:
            states.pop(event.node, None)
        if event.event == "node_finished" and event.node is not None and event.state is not None:
            states[event.node] = event.state
    return states
