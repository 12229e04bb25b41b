"""What the pages show, as values: the past of a pipeline in the words of the templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Optional

from tfxc.backends.metadata.past import Past
from tfxc.backends.metadata.values import Artifact, NodeRun, Run
from tfxc.backends.reports.html.graph_picture import GraphPicture, graph_picture
from tfxc.backends.reports.metrics_table import shown_value
from tfxc.backends.reports.past.overview import Overview, overview
from tfxc.backends.reports.states import shown_seconds, shown_state
from tfxc.backends.reports.values import Contents
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_components import shown_type

MOST_RUNS = 100
MOST_COMPARED = 8
SIGNS: Mapping[str, str] = {
    "waiting": "·",
    "running": "▶",
    "retrying": "↻",
    "succeeded": "✓",
    "cached": "=",
    "skipped": "↷",
    "failed": "✗",
    "cancelled": "✗",
    "not_run": "–",
    "unfinished": "?",
}
"""A sign beside the colour of each state: not all see colours."""


@dataclass(frozen=True)
class State:
    """A state as pages show it. ``name`` is a CSS class."""

    name: str
    sign: str
    words: str


def state(name: str) -> State:
    """Returns how a state is shown."""
    return State(name, SIGNS.get(name, "?"), shown_state(name))


@dataclass(frozen=True)
class RunRow:
    """A run in a list."""

    id: str
    state: State
    began: Optional[datetime]
    time: str
    cached: str
    blessed: Optional[bool]
    pushed: str
    metrics: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PipelineCard:
    """A pipeline on the first page; ``trouble`` in the place of its past if that cannot be read."""

    slug: str
    name: str
    description: str
    spec: str
    nodes: int = 0
    runs: int = 0
    last: Optional[RunRow] = None
    trouble: str = ""


@dataclass(frozen=True)
class DrawnBox:
    """A node in the graph. ``href`` leads to its place on the page."""

    id: str
    label: str
    type: str
    x: float
    y: float
    state: Optional[State]
    time: str


@dataclass(frozen=True)
class DrawnGraph:
    """The graph of a pipeline with the states of a run."""

    picture: GraphPicture
    boxes: tuple[DrawnBox, ...]


@dataclass(frozen=True)
class NodeRow:
    """A node in a run. ``bar`` is where its time lies in the run's, in per cent: left and width."""

    id: str
    label: str
    type: str
    state: State
    time: str
    reason: str
    has_log: bool
    bar: Optional[tuple[float, float]]
    outputs: tuple[tuple[str, Artifact], ...]


@dataclass(frozen=True)
class RunPage:
    """All that the page of a run shows."""

    row: RunRow
    graph: DrawnGraph
    nodes: tuple[NodeRow, ...]
    facts: tuple[tuple[str, str], ...]
    live: bool
    error: str


def pipeline_card(slug: str, spec: str, past: Past) -> PipelineCard:
    """Returns a pipeline for the first page."""
    last = run_row(past.runs[-1]) if past.runs else None
    plan = past.plan
    return PipelineCard(slug, plan.name, plan.description, spec, len(plan.nodes), len(past.runs), last)


def run_rows(past: Past) -> tuple[RunRow, ...]:
    """Returns the newest runs, the latest first."""
    return tuple(run_row(run) for run in past.runs[-MOST_RUNS:][::-1])


def run_row(run: Run) -> RunRow:
    """Returns a run in a list."""
    seen = overview(run)
    return RunRow(
        id=run.id,
        state=state(run.state),
        began=run.began,
        time=shown_seconds(run.seconds) if run.seconds is not None else "",
        cached=f"{seen.cached} of {len(run.nodes)}" if seen.cached else "",
        blessed=seen.blessed,
        pushed=_pushed(seen) if run.state != "running" else "",
        metrics=tuple((name, shown_value(value)) for _, name, value in seen.metrics),
        parameters=tuple((name, str(value)) for name, value in (run.parameters or {}).items()),
    )


def _pushed(seen: Overview) -> str:
    return {"yes": "pushed", "earlier": "pushed earlier", "no": "not pushed"}.get(seen.pushed or "", "")


def compared(runs: Sequence[Run]) -> Contents:
    """Returns what differs between runs, against the first of them."""
    from tfxc.backends.reports.past.comparison import compare, comparison_contents
    from tfxc.backends.reports.past.found_out import found_out

    return comparison_contents(compare(runs, [found_out(run) for run in runs]))


def drawn_graph(plan: Plan, run: Run | None = None) -> DrawnGraph:
    """Returns the graph of a Plan; with a run, its states."""
    picture = graph_picture(plan)
    nodes = {node.node: node for node in run.nodes} if run is not None else {}
    planned = {node.id: node for node in plan.nodes}
    boxes = []
    for box in picture.boxes:
        node, ran = planned[box.node], nodes.get(box.node)
        shown = state(ran.state) if ran is not None else (state("waiting") if run is not None else None)
        boxes.append(DrawnBox(node.id, node.label, node.component.type, box.x, box.y, shown, _time(ran)))
    return DrawnGraph(picture, tuple(boxes))


def run_page(past: Past, run: Run, plan: Plan) -> RunPage:
    """Returns the page of a run; ``plan`` is what was run, where that is known."""
    labels = {node.id: (node.label, shown_type(node.component)) for node in plan.nodes}
    rows = {node.node: _node_row(node, run, labels) for node in run.nodes}
    for node in plan.nodes:
        if node.id not in rows:
            waits = "waiting" if run.state == "running" else "not_run"
            label, kind = labels[node.id]
            rows[node.id] = NodeRow(node.id, label, kind, state(waits), "", "", False, None, ())
    order = [*dict.fromkeys((*(node.id for node in plan.nodes), *rows))]
    return RunPage(
        run_row(run),
        drawn_graph(plan, run),
        tuple(rows[node] for node in order),
        tuple(_facts(run)),
        run.state == "running",
        run.error,
    )


def _node_row(node: NodeRun, run: Run, labels: Mapping[str, tuple[str, str]]) -> NodeRow:
    label, kind = labels.get(node.node, (node.node, node.type))
    outputs = tuple((key, each) for key, artifacts in node.outputs.items() for each in artifacts)
    return NodeRow(
        node.node,
        label,
        kind,
        state(node.state),
        _time(node),
        node.reason,
        bool(node.logs),
        _bar(node, run),
        outputs,
    )


def _time(node: NodeRun | None) -> str:
    if node is None or node.seconds is None or node.state in ("cached", "skipped", "not_run"):
        return ""
    return shown_seconds(node.seconds)


def _bar(node: NodeRun, run: Run) -> tuple[float, float] | None:
    """Returns where a node's time lies in that of its run, in per cent."""
    if node.began is None or run.began is None or node.state in ("cached", "skipped", "not_run"):
        return None
    ended = node.ended or datetime.now(tz=node.began.tzinfo)
    end = run.ended or datetime.now(tz=run.began.tzinfo)
    whole = max((end - run.began).total_seconds(), 0.001)
    left = min(max((node.began - run.began).total_seconds() / whole, 0.0), 1.0)
    width = min(max((ended - node.began).total_seconds() / whole, 0.004), 1.0 - left + 0.004)
    return round(100 * left, 2), round(100 * width, 2)


def _facts(run: Run) -> Iterator[tuple[str, str]]:
    """Yields what else is known of a run."""
    if run.run_date:
        yield "Date", run.run_date
    if run.tfx_version:
        yield "TFX", run.tfx_version
    if run.tfxc_version:
        yield "tfxc", run.tfxc_version
    if run.revision is not None:
        yield "Revision", run.revision.commit[:12] + (" with changes" if run.revision.dirty else "")
    if run.folder:
        yield "Folder", run.folder
