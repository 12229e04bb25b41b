"""When each node of a run was at work: bars over a common time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tfxc.backends.metadata.events import Event
from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.html.drawing import Tick, ticks
from tfxc.backends.reports.states import shown_seconds

WIDTH = 960.0
_LEFT = 190.0
_RIGHT = 70.0
_ROW = 24.0
_TOP = 8.0
IMPORT = "importing TFX"


@dataclass(frozen=True)
class Span:
    """A stretch of work."""

    row: str
    began: datetime
    ended: datetime
    state: str
    title: str


@dataclass(frozen=True)
class GanttBar:
    """A stretch of work where it is drawn."""

    x: float
    y: float
    width: float
    state: str
    title: str


@dataclass(frozen=True)
class GanttRow:
    """The name of a row, and how long it took in all."""

    name: str
    y: float
    seconds: str
    end: float


@dataclass(frozen=True)
class Gantt:
    """The whole picture."""

    rows: tuple[GanttRow, ...]
    bars: tuple[GanttBar, ...]
    ticks: tuple[Tick, ...]
    height: float
    width: float = WIDTH
    left: float = _LEFT


def gantt(run: Run, events: Iterable[Event] = ()) -> Gantt | None:
    """Returns the picture of a run, of its events where there are any; None if nothing has a time."""
    spans = [span for span in _spans(run, list(events)) if span.ended >= span.began]
    if not spans:
        return None
    start = min(span.began for span in spans)
    whole = max((max(span.ended for span in spans) - start).total_seconds(), 0.001)
    scale = (WIDTH - _LEFT - _RIGHT) / whole
    names = list(dict.fromkeys(span.row for span in sorted(spans, key=lambda span: span.began)))
    y_of = {name: _TOP + index * _ROW for index, name in enumerate(names)}
    bars = []
    ends: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for span in spans:
        x = _LEFT + (span.began - start).total_seconds() * scale
        width = max(2.0, (span.ended - span.began).total_seconds() * scale)
        bars.append(GanttBar(round(x, 1), y_of[span.row], round(width, 1), span.state, span.title))
        ends[span.row] = max(ends.get(span.row, 0.0), x + width)
        seconds[span.row] = seconds.get(span.row, 0.0) + (span.ended - span.began).total_seconds()
    rows = [GanttRow(each, y_of[each], shown_seconds(seconds[each]), round(ends[each], 1)) for each in names]
    marks = [Tick(round(_LEFT + each * scale, 1), _shown(each, whole)) for each in ticks(0, whole, 6)]
    return Gantt(tuple(rows), tuple(bars), tuple(marks), _TOP + len(names) * _ROW + 24)


def _shown(seconds: float, whole: float) -> str:
    return f"{seconds:g}s" if whole < 90 else shown_seconds(seconds) if seconds else "0"


def _spans(run: Run, events: list[Event]) -> Iterator[Span]:
    began: dict[str, datetime] = {}
    found = set()
    for event in events:
        if event.event == "tfx_imported" and event.seconds is not None:
            start = event.time - timedelta(seconds=event.seconds)
            yield Span(IMPORT, start, event.time, "import", f"{IMPORT}: {shown_seconds(event.seconds)}")
        if event.node is None:
            continue
        if event.event == "node_started":
            began[event.node] = event.time
        elif event.event in ("node_retrying", "node_finished") and event.node in began:
            start = began.pop(event.node)
            state = "failed" if event.event == "node_retrying" else event.state or ""
            attempt = f", attempt {event.attempt}" if (event.attempts or 1) > 1 else ""
            took = shown_seconds((event.time - start).total_seconds())
            found.add(event.node)
            yield Span(event.node, start, event.time, state, f"{event.node}{attempt}: {state} in {took}")
    for node in run.nodes:
        if node.node not in found and node.began is not None and node.ended is not None:
            took = shown_seconds(node.seconds or 0.0)
            title = f"{node.node}: {node.state} in {took}"
            yield Span(node.node, node.began, node.ended, node.state, title)
