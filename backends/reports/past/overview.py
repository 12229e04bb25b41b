"""A run in one line: state, times, metrics, blessed, pushed, how much was cached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional

from tfxc.backends.metadata.values import Run, is_true
from tfxc.backends.reports.metrics_table import main_metrics, shown_value
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.past.found_out import found_out
from tfxc.backends.reports.states import shown_seconds
from tfxc.backends.reports.values import Column, Contents, Part, Span, Statement, Table, Tone, line
from tfxc.schemas.components import find_component_model
from tfxc.schemas.plan import Plan

Pushed = Literal["yes", "earlier", "no"]
_MOST_METRICS = 2
_TONES: Mapping[str, Tone] = {
    "running": "notice",
    "waiting": "faint",
    "unfinished": "notice",
}
_COLUMNS = (
    Column("Run"),
    Column("State"),
    Column("Began"),
    Column("Time", right=True),
    Column("Cached", right=True),
    Column("Blessed"),
    Column("Pushed"),
    Column("Metrics"),
    Column("Parameters"),
)


@dataclass(frozen=True)
class Overview:
    """A run and the main things that it found out.

    ``metrics`` are (node, name, value) over all examples. ``blessed`` is None where nothing was to bless.
    ``pushed`` is ``earlier`` if a cached node stands for a push of another run; None without a Pusher.
    """

    run: Run
    metrics: tuple[tuple[str, str, float], ...]
    blessed: Optional[bool]
    pushed: Optional[Pushed]
    destinations: tuple[str, ...]
    cached: int


def overview(run: Run) -> Overview:
    """Returns a run's overview."""
    metrics = tuple(
        (evaluation.node, metric.name, float(metric.value))
        for evaluation in found_out(run).evaluations
        for metric in main_metrics(evaluation, _MOST_METRICS)
        if metric.value is not None
    )
    blessings = [is_true(each, "blessed") for _, each in run.made("ModelBlessing")]
    pushes = list(run.made("PushedModel"))
    done = [(node, each) for node, each in pushes if is_true(each, "pushed")]
    pushed: Optional[Pushed] = None
    if done:
        pushed = "earlier" if all(node.cached for node, _ in done) else "yes"
    elif any(_pushes(node.type) for node in run.nodes):
        pushed = "no"
    return Overview(
        run,
        metrics,
        all(blessings) if blessings else None,
        pushed,
        tuple(str(each.custom_properties.get("pushed_destination") or "") for _, each in done),
        sum(node.cached for node in run.nodes),
    )


def _pushes(component: str) -> bool:
    model = find_component_model(component)
    return model is not None and any(each.artifact_type == "PushedModel" for each in model.outputs.values())


def state_span(state: str) -> Span:
    """Returns a state as it is shown."""
    tone: Any = _TONES.get(state, state)
    return Span(state.replace("_", " "), tone)


def shown_time(time: datetime | None) -> str:
    """Returns a time to the minute, in this machine's zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M}" if time is not None else "–"


def shown_duration(seconds: float | None) -> str:
    """Returns a duration, or a dash."""
    return shown_seconds(seconds) if seconds is not None else "–"


def listing(overviews: Sequence[Overview], plan: Plan, hidden: int) -> Contents:
    """Returns the list of runs as contents. ``hidden`` is how many more there are."""
    defaults = {parameter.name: parameter.default for parameter in plan.parameters}
    rows = tuple(_row(each, defaults) for each in overviews)
    kept = [index for index in range(len(_COLUMNS)) if index < 4 or any(row[index].text for row in rows)]
    table = Table(
        tuple(_COLUMNS[index] for index in kept), tuple(tuple(row[index] for index in kept) for row in rows)
    )
    more = line(f"and {hidden} more: --limit 0 shows all", "faint") if hidden else ()
    return Contents(line(plan.name, "name"), (Part("Runs", (Statement(table=table, more=more),)),))


def _row(each: Overview, defaults: Mapping[str, Any]) -> tuple[Span, ...]:
    run = each.run
    given = [
        f"{name}={value}"
        for name, value in (run.parameters or {}).items()
        if name not in defaults or defaults[name] != value
    ]
    blessed = {None: Span(""), True: Span("yes", "good"), False: Span("no", "notice")}[each.blessed]
    return (
        Span(run.id, "name"),
        state_span(run.state),
        Span(shown_time(run.began)),
        Span(shown_duration(run.seconds)),
        Span(f"{each.cached}/{len(run.nodes)}" if each.cached else ""),
        blessed,
        Span(each.pushed or "", "good" if each.pushed == "yes" else "plain"),
        Span(", ".join(f"{name} {shown_value(value)}" for _, name, value in each.metrics)),
        Span(one_line(", ".join(given))),
    )
