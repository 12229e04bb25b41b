"""What the report of a run says: what it found out first, then what went wrong and where to look."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tfxc.backends.reports.findings import WIDE, Places, finding_parts
from tfxc.backends.reports.log_excerpt import is_written, log_excerpt
from tfxc.backends.reports.one_line import one_line
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.backends.reports.states import FAILED, GOOD, shown_memory, shown_seconds, shown_state
from tfxc.backends.reports.values import Column, Contents, Line, Part, Quotation, Span, Statement, Table, line
from tfxc.schemas.words.wording import counted

ENDING = "End"
"""The part that says where things are, for who can still look there."""
MOST_NODES = 40
MOST_FAILURES = 5

_NODE_COLUMNS = (Column("Node"), Column("State", width=9), Column("Time", right=True, width=7), Column(""))


def run_contents(report: RunReport, here: Path, width: int = WIDE) -> Contents:
    """Returns what a report says. Paths below ``here`` are shown relative to it.

    ``width`` is how many characters the tables of metrics may take. Reads the logs of failed nodes.
    """
    places = Places(
        {node.node: node.state for node in report.nodes},
        {node.node: node.artifacts for node in report.nodes},
        here,
        {node.node: node.name for node in report.nodes},
    )
    places = replace(places, report=f"tfxc report {shlex.quote(places.shown(report.folder))}")
    failed = _failed(report)[:MOST_FAILURES]
    parts = (
        _nodes(report),
        *finding_parts(report, places, width),
        *(Part(f"Failed: {one_line(node.name)}", (_failure(node, places),)) for node in failed),
        Part(ENDING, tuple(_ending(report, places))),
    )
    return Contents(_title(report), tuple(part for part in parts if part.statements))


def _title(report: RunReport) -> Line:
    return (
        Span(report.pipeline, "name"),
        Span(f"  run {report.run_id}  "),
        Span(report.state, report.state),
        Span(f" in {shown_seconds(report.seconds)}"),
    )


def _nodes(report: RunReport) -> Part:
    nodes = report.nodes
    if not any(node.attempts or node.state in GOOD for node in nodes):
        return Part("Nodes", ())
    details: tuple[Line, ...] = ()
    if len(nodes) > MOST_NODES:
        slowest = sorted(nodes, key=lambda node: -node.seconds)[: MOST_NODES // 4]
        bad = [node for node in nodes if node.state in FAILED][: MOST_NODES // 2]
        shown = {node.node for node in (*slowest, *bad)}
        counts = Counter(node.state for node in nodes)
        totals = ", ".join(f"{count} {shown_state(state)}" for state, count in counts.items())
        details = (line(f"{len(nodes)} nodes: {totals}; the slowest and those that did not end well:"),)
        nodes = tuple(node for node in nodes if node.node in shown)
    table = Table(_NODE_COLUMNS, tuple(map(_node_row, nodes)), has_plain_head=False)
    return Part("Nodes", (Statement(details=details, table=table),))


def _node_row(node: NodeReport) -> tuple[Span, ...]:
    return (
        Span(one_line(node.name)),
        Span(shown_state(node.state), node.state),
        Span(shown_seconds(node.seconds) if node.attempts else ""),
        Span(_remark(node), "faint"),
    )


def _remark(node: NodeReport) -> str:
    attempts = f"{node.attempts} attempts" if node.attempts > 1 else ""
    reason = "" if node.error is not None else one_line(node.reason)
    return ", ".join(part for part in (attempts, reason) if part)


def _failed(report: RunReport) -> list[NodeReport]:
    return [node for node in report.nodes if node.state == "failed"]


def _failure(node: NodeReport, places: Places) -> Statement:
    message = node.error.message if node.error is not None else node.reason or "no reason was given"
    name = "" if node.node in message else f"{one_line(node.name)}: "
    quotations: list[Quotation] = []
    if node.error is not None and node.error.traceback.strip():
        frames = node.error.traceback.strip("\n").splitlines()
        quotations.append(Quotation(tuple(frame.rstrip() for frame in frames)))
    more: Line = ()
    if node.log is not None:
        excerpt = log_excerpt(Path(node.log))
        log = places.shown(node.log)
        if excerpt:
            quotations.append(Quotation(tuple(excerpt), f"the end of its log, {log}:"))
        elif is_written(Path(node.log)):
            more = line(f"its log: {log}")
    return Statement(line(f"{name}{message}", "error"), quotations=tuple(quotations), more=more)


def _ending(report: RunReport, places: Places) -> Iterator[Statement]:
    if report.error:
        yield Statement(line(one_line(report.error), "error"))
    for note in report.notes:
        yield Statement(line(one_line(note), "notice"))
    failures = len(_failed(report))
    if failures > MOST_FAILURES:
        more = f"{counted(failures - MOST_FAILURES, 'more node')} failed; logs are in the run's folder."
        yield Statement(line(more))
    if report.state != "succeeded":
        finished = sum(node.state in GOOD for node in report.nodes)
        if finished:
            nodes = f"{finished} of {counted(len(report.nodes), 'node')}"
            yield Statement(line(f"finished: {nodes}; running it again re-uses what is finished."))
    yield Statement(line(f"logs and events: {places.shown(report.folder)}", "faint"))
    launcher = report.launcher
    if launcher.stays_seconds and launcher.peak_memory:
        stays = f"TFX stays imported for {shown_seconds(launcher.stays_seconds)}"
        memory = shown_memory(launcher.peak_memory)
        more = f"{stays} and holds {memory}: the next run starts at once; to end it: tfxc standby --stop"
        yield Statement(line(more, "faint"))
