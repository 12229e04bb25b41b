"""One run as contents: what it was run with, its nodes, and what it found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfxc.backends.launcher.protocol.messages import Artifact as ToldArtifact
from tfxc.backends.metadata.values import Run
from tfxc.backends.reports.findings import WIDE, Places, finding_parts
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.past.found_out import found_out
from tfxc.backends.reports.past.overview import Overview, shown_duration, shown_time, state_span
from tfxc.backends.reports.values import Column, Contents, Line, Part, Span, Statement, Table, line

_NODES = (
    Column("Node"),
    Column("State", width=9),
    Column("Time", right=True, width=7),
    Column("Execution", right=True),
    Column("Outputs"),
)


def run_page(each: Overview, here: Path, width: int = WIDE) -> Contents:
    """Returns a run as contents. Paths below ``here`` are shown relative to it."""
    run = each.run
    places = Places(
        {node.node: node.state for node in run.nodes},
        {
            node.node: [
                ToldArtifact(output=key, artifact_type=artifact.type, id=artifact.id, uri=artifact.uri)
                for key, artifacts in node.outputs.items()
                for artifact in artifacts
            ]
            for node in run.nodes
        },
        here,
    )
    title = (Span(run.pipeline, "name"), Span(f"  run {run.id}  "), state_span(run.state))
    parts = (
        Part("Run", (Statement(details=tuple(_facts(run, places))),)),
        Part("Nodes", (Statement(table=_nodes(run)),)),
        *finding_parts(found_out(run), places, width),
    )
    return Contents(title, parts)


def _facts(run: Run, places: Places) -> Iterator[Line]:
    yield line(f"began {shown_time(run.began)}, took {shown_duration(run.seconds)}")
    if run.error:
        yield line(one_line(run.error), "error")
    if run.parameters is None:
        yield line("parameters are not recorded: the run was not made on this machine", "faint")
    elif run.parameters:
        yield line("parameters: " + one_line(", ".join(f"{k}={v}" for k, v in run.parameters.items())))
    versions = [
        f"{name} {found}" for name, found in (("tfxc", run.tfxc_version), ("TFX", run.tfx_version)) if found
    ]
    if run.revision is not None:
        changed = ", with changes" if run.revision.dirty else ""
        versions.append(f"commit {run.revision.commit[:12]}{changed}")
    if versions:
        yield line("made with " + ", ".join(versions))
    if run.folder is not None:
        yield line(f"logs and events: {places.shown(run.folder)}")


def _nodes(run: Run) -> Table:
    rows = []
    for node in run.nodes:
        outputs = [
            f"{key}: {artifact.id}" for key, artifacts in node.outputs.items() for artifact in artifacts
        ]
        remark = one_line(node.reason) or ", ".join(outputs)
        rows.append(
            (
                Span(node.node),
                state_span(node.state),
                Span(shown_duration(node.seconds) if node.seconds is not None else ""),
                Span(str(node.execution_ids[-1]) if node.execution_ids else ""),
                Span(remark, "faint"),
            )
        )
    return Table(_NODES, tuple(rows))
