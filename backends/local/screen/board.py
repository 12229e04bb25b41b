"""What a run looks like at one moment, folded together from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from tfxc.backends.local.screen.log_lines import clean_line
from tfxc.backends.metadata.events import Event
from tfxc.backends.reports.states import FINAL, STATE_STYLES
from tfxc.schemas.plan import Plan


@dataclass(frozen=True)
class Row:
    """One node. ``since`` is when its present state began; ``seconds`` what its attempts took.

    ``label`` is what people are shown for it, and ``log`` the file that its last attempt logs to.
    """

    node: str
    type: str
    state: str = "waiting"
    since: datetime | None = None
    seconds: float = 0.0
    attempt: int = 0
    attempts: int = 1
    reason: str = ""
    label: str = ""
    log: str = ""

    @property
    def name(self) -> str:
        """What to call the node on a screen, in one line."""
        return clean_line(self.label) or self.node

    @property
    def over(self) -> bool:
        """Whether the node is in a final state."""
        return self.state in FINAL

    def elapsed(self, now: datetime) -> float | None:
        """Returns the seconds to show, or None for a node that never ran."""
        if self.state == "running" and self.since is not None:
            return max(0.0, (now - self.since).total_seconds())
        return self.seconds if self.attempt or self.seconds else None


@dataclass
class Board:
    """The rows of a run in the Plan's order, and what goes on beside the nodes."""

    pipeline: str
    labels: Mapping[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    run_id: str = ""
    phase: str = ""
    began: datetime | None = None

    def take(self, event: Event, types: Mapping[str, str]) -> None:
        """Brings the board up to date with an event."""
        if event.event in ("run_started", "run_resumed"):
            self.run_id, self.began = event.run_id or "", event.time
            self.phase = "importing TFX"
            self.rows = {
                node: Row(node, types.get(node, ""), label=self.labels.get(node, ""))
                for node in event.nodes or ()
            }
        elif event.event == "tfx_imported":
            self.phase = "building the pipeline"
        elif event.event == "pipeline_opened":
            self.phase = ""
        elif event.event == "run_stopping":
            self.phase = "stopping"
        elif event.node in self.rows:
            self.rows[event.node] = _moved(self.rows[event.node], event)

    def counts(self) -> list[tuple[str, int]]:
        """Returns how many nodes are in each state, in the order of STATE_STYLES."""
        counted = Counter(row.state for row in self.rows.values())
        return [(state, counted[state]) for state in STATE_STYLES if counted[state]]


def node_types(plan: Plan) -> dict[str, str]:
    """Returns the component type of each node."""
    return {node.id: node.component.type for node in plan.nodes}


def node_labels(plan: Plan) -> dict[str, str]:
    """Returns what people are shown for each node."""
    return {node.id: node.label for node in plan.nodes}


def _moved(row: Row, event: Event) -> Row:
    if event.event == "node_started":
        attempt, attempts = event.attempt or 1, event.attempts or 1
        began = replace(row, state="running", since=event.time, attempt=attempt, attempts=attempts)
        return replace(began, reason="", log=event.log or "")
    seconds = row.seconds + (event.seconds or 0.0)
    if event.event == "node_retrying":
        return replace(row, state="retrying", since=event.time, seconds=seconds, reason=event.reason or "")
    reason = event.reason or ""
    return replace(row, state=event.state or row.state, since=event.time, seconds=seconds, reason=reason)


def plain_reason(node: str, reason: str) -> str:
    """Returns a reason in one line, without the node's name where that stands beside it already."""
    return clean_line(reason.removeprefix(f"`{node}` failed: "))
