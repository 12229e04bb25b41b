"""The sections about a run itself: graph and times, what failed, parameters and versions, lineage."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfxc.backends.metadata.events import Event, read_events
from tfxc.backends.metadata.values import Artifact, NodeRun, Run, Use
from tfxc.backends.reports.html.gantt import gantt
from tfxc.backends.reports.html.graph_picture import graph_picture
from tfxc.backends.reports.html.numbers import shown_time
from tfxc.backends.reports.html.sections import DataTable, Heading, Row, Section
from tfxc.backends.reports.log_excerpt import log_excerpt
from tfxc.backends.reports.states import shown_seconds, shown_state
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_components import shown_type
from tfxc.schemas.words.wording import counted

LOG_LINES = 60
MOST_DRAWN = 300
_BAD = ("failed", "cancelled", "not_run")


@dataclass(frozen=True)
class Fact:
    """A name and what it is; ``tone`` colours it."""

    name: str
    value: str
    tone: str = ""


def pipeline_section(plan: Plan, run: Run, links: Mapping[str, str]) -> Section:
    """Returns the graph with states and times, when each node worked, and the nodes as a table.

    ``links`` has the id of the section that shows what a node found out.
    """
    states = {node.node: node for node in run.nodes}
    boxes = {
        node.id: {
            "type": shown_type(node.component),
            "state": states[node.id].state if node.id in states else "absent",
            "shown": shown_state(states[node.id].state) if node.id in states else "not in this run",
            "seconds": _took(states.get(node.id)),
            "link": links.get(node.id, ""),
        }
        for node in plan.nodes
    }
    notes: tuple[str, ...] = ()
    picture = None
    if len(plan.nodes) <= MOST_DRAWN:
        picture = graph_picture(plan)
    else:
        notes = (f"a graph of {len(plan.nodes)} nodes is not drawn: `tfxc graph` does",)
    chart = gantt(run, events_of(run)) if len(run.nodes) <= MOST_DRAWN else None
    view = {"graph": picture, "boxes": boxes, "gantt": chart, "table": _node_table(plan, run)}
    return Section("pipeline", "Pipeline", "pipeline.html.jinja2", view, notes)


def events_of(run: Run) -> tuple[Event, ...]:
    """Returns the events of a run that has a folder on this machine."""
    if run.folder is None:
        return ()
    try:
        return tuple(read_events(Path(run.folder) / "events.jsonl"))
    except OSError:
        return ()


def _took(node: NodeRun | None) -> str:
    if node is None or node.seconds is None or node.state in ("not_run", "skipped", "waiting"):
        return ""
    return shown_seconds(node.seconds)


def _node_table(plan: Plan, run: Run) -> DataTable:
    types = {node.id: shown_type(node.component) for node in plan.nodes}
    headings = (
        Heading("Node"),
        Heading("Type"),
        Heading("State"),
        Heading("Seconds", number=True),
        Heading("Attempts", number=True),
        Heading("Began"),
        Heading("Remark"),
    )
    rows = []
    for node in run.nodes:
        seconds = f"{node.seconds:.2f}" if node.seconds is not None and _took(node) else ""
        began = node.began.astimezone().strftime("%H:%M:%S") if node.began is not None else ""
        attempts = str(len(node.logs)) if node.logs else ""
        type_ = types.get(node.node, node.type)
        cells = (node.node, type_, shown_state(node.state), seconds, attempts, began, node.reason)
        rows.append(Row(cells, node.state))
    return DataTable("nodes", "Nodes", headings, tuple(rows))


def failure_section(run: Run) -> Section | None:
    """Returns why nodes failed, with the end of their logs; None if none did."""
    failed = [node for node in run.nodes if node.state == "failed"]
    if not failed and not run.error:
        return None
    views = [
        {
            "node": node.node,
            "type": node.type,
            "reason": node.reason or "no reason was given",
            "traceback": node.traceback.strip("\n"),
            "log": node.log or "",
            "lines": log_excerpt(Path(node.log), LOG_LINES) if node.log else [],
        }
        for node in failed[:20]
    ]
    notes = (f"and {counted(len(failed) - 20, 'more node')} failed",) if len(failed) > 20 else ()
    view = {"error": run.error, "nodes": views}
    return Section("failures", "What failed", "failures.html.jinja2", view, notes)


def details_section(plan: Plan, run: Run) -> Section:
    """Returns parameters, versions and places."""
    parameters = [
        Fact(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
        for name, value in (run.parameters or {}).items()
    ]
    descriptions = {each.name: each.description for each in plan.parameters}
    notes = () if run.parameters is not None else ("nothing has recorded the parameters of this run",)
    facts = [
        Fact("Run id", run.id),
        Fact("Logical date", run.run_date or ""),
        Fact("Began", shown_time(run.began)),
        Fact("Ended", shown_time(run.ended)),
        Fact("TFX", run.tfx_version or ""),
        Fact("tfxc", run.tfxc_version or ""),
        Fact("Git revision", _revision(run)),
        Fact("Run folder", run.folder or ""),
        *(
            Fact(
                "Modules" if module.source in ("", ".") else f"Modules of {module.source}",
                f"{counted(len(module.files), 'file')}, sha256 {module.sha256[:12]}",
            )
            for module in plan.modules
        ),
    ]
    view = {
        "parameters": parameters,
        "descriptions": descriptions,
        "facts": [fact for fact in facts if fact.value],
    }
    return Section("details", "Parameters and versions", "details.html.jinja2", view, notes)


def _revision(run: Run) -> str:
    if run.revision is None:
        return ""
    return f"{run.revision.commit}{', with changes that are not committed' if run.revision.dirty else ''}"


def lineage_section(run: Run) -> Section | None:
    """Returns every artifact that the run made or re-used: who made it, from where, for whom."""
    rows = []
    seen: set[int] = set()
    for node in run.nodes:
        for key, artifacts in node.outputs.items():
            for artifact in artifacts:
                if artifact.id not in seen:
                    seen.add(artifact.id)
                    rows.append(_artifact_row(run, node, key, artifact))
    if not rows:
        return None
    headings = (
        Heading("Id", number=True),
        Heading("Artifact"),
        Heading("Type"),
        Heading("Made by"),
        Heading("Read by"),
        Heading("State"),
        Heading("URI"),
    )
    view = {"table": DataTable("artifacts", "Artifacts", headings, tuple(rows))}
    return Section("lineage", "Lineage", "table.html.jinja2", view)


def _artifact_row(run: Run, node: NodeRun, key: str, artifact: Artifact) -> Row:
    maker = artifact.maker
    made = node.node if maker is None else maker.node
    if maker is not None and maker.run_id != run.id:
        made = f"{maker.node} in run {maker.run_id}"
    own = dict.fromkeys(use.node for use in artifact.consumers if use.run_id == run.id)
    others = len(_other_runs(run, artifact.consumers))
    read_by = ", ".join(own) + (f"{'; ' if own else ''}{counted(others, 'other run')}" if others else "")
    state = artifact.state.replace("_", " ")
    cells = (str(artifact.id), f"{node.node}.{key}", artifact.type, made, read_by, state, artifact.uri)
    return Row(cells, "" if artifact.state in ("live", "reference", "unknown") else "bad")


def _other_runs(run: Run, uses: Sequence[Use]) -> set[str]:
    return {use.run_id for use in uses if use.run_id != run.id}


def header(plan: Plan, run: Run, verdicts: Sequence[Fact]) -> Mapping[str, Any]:
    """Returns what stands at the top of a run's page."""
    counts = Counter(shown_state(node.state) for node in run.nodes)
    nodes = ", ".join(f"{count} {state}" for state, count in counts.items())
    facts = [
        Fact("Run", run.id),
        Fact("Began", shown_time(run.began)),
        Fact("Took", shown_seconds(run.seconds) if run.seconds is not None else "not over"),
        Fact("Nodes", nodes or "none"),
    ]
    return {
        "name": plan.name,
        "description": plan.description,
        "state": run.state,
        "facts": facts,
        "verdicts": list(verdicts),
        "error": run.error,
    }
