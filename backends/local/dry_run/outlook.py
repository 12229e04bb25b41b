"""What a run would do with each node: asked of the launcher where the node's inputs are there already.

A node that runs makes artifacts that nobody has yet, so that those who read them run, too. What is decided by
such artifacts (a condition, an argument that has a value of theirs, what a Resolver chooses) is not known
before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Optional

from tfxc.backends.launcher.protocol.messages import DryRunResult
from tfxc.schemas.conditions import channels
from tfxc.schemas.plan import (
    COMPLETED,
    NONE_FAILED,
    Plan,
    PlanChannel,
    PlanNode,
    PlanQuery,
    ResolverComponent,
)
from tfxc.schemas.plan_graph import nodes_above
from tfxc.schemas.plan_places import artifact_values

State = Literal["cached", "runs", "unknown", "skipped", "fails", "not_run"]
Ask = Callable[[str, bool], DryRunResult]
"""Asks the launcher what running a node would do; whether the node's inputs are there."""


@dataclass(frozen=True)
class NodeOutlook:
    """What a run would do with one node.

    ``selected`` is false of one that the run leaves out, and ``finished`` true of one that an earlier part of
    the same run has done. ``new_from`` are inputs, and the nodes above that run and make them anew. ``until``
    are the nodes that have to run first before it is known. ``because`` is the node above that is skipped or
    fails. ``result`` is what the launcher says.
    """

    node: str
    state: State
    selected: bool = True
    finished: bool = False
    new_from: tuple[tuple[str, str], ...] = ()
    until: tuple[str, ...] = ()
    because: Optional[str] = None
    result: Optional[DryRunResult] = None


@dataclass(frozen=True)
class Asked:
    """What is asked for: which nodes (None: all), which of them are done, whether the cache counts."""

    plan: Plan
    nodes: Optional[tuple[str, ...]] = None
    finished: tuple[str, ...] = ()
    cache: bool = True


def outlooks(asked: Asked, ask: Ask) -> tuple[NodeOutlook, ...]:
    """Returns what a run would do with each node, in the Plan's order, if what runs succeeds."""
    walk = _Walk(asked, ask)
    for node in asked.plan.nodes:
        if node.id != asked.plan.on_exit:
            walk.add(node)
    for node in asked.plan.nodes:
        if node.id == asked.plan.on_exit:
            walk.add(node)
    return tuple(walk.found[node.id] for node in asked.plan.nodes)


class _Walk:
    """The nodes that were looked at, from above to below."""

    def __init__(self, asked: Asked, ask: Ask) -> None:
        self._asked = asked
        self._ask = ask
        self._plan = asked.plan
        self._chosen = set(asked.nodes) if asked.nodes is not None else {node.id for node in asked.plan.nodes}
        self.found: dict[str, NodeOutlook] = {}
        self._open: dict[str, tuple[str, ...]] = {}
        """Nodes whose outputs are not known, and the nodes that have to run before they are."""
        self._may_be_skipped: dict[str, tuple[str, ...]] = {}
        """Nodes that may be skipped, and the nodes that have to run before that is known."""

    def add(self, node: PlanNode) -> None:
        """Looks at a node whose nodes above were looked at."""
        outlook = self._settled(node) or self._outlook(node)
        self.found[node.id] = outlook
        if outlook.state == "unknown":
            self._open[node.id] = outlook.until

    def _settled(self, node: PlanNode) -> Optional[NodeOutlook]:
        """Returns what is known of a node without a look at its inputs."""
        if node.id not in self._chosen:
            return NodeOutlook(node.id, "skipped", selected=False)
        if node.id in self._asked.finished:
            return NodeOutlook(node.id, "cached", finished=True)
        if node.id == self._plan.on_exit:
            return NodeOutlook(node.id, "runs")
        if node.execution.trigger_strategy == COMPLETED:
            return None
        above = [self.found[each] for each in node.upstream if each in self._chosen]
        bad = [each for each in above if each.state in ("fails", "not_run")]
        if bad:
            return NodeOutlook(node.id, "not_run", because=bad[0].because or bad[0].node)
        skipped = [each for each in above if each.state == "skipped"]
        some_is_enough = node.execution.trigger_strategy == NONE_FAILED and len(skipped) < len(above)
        if skipped and not some_is_enough:
            return NodeOutlook(node.id, "skipped", because=skipped[0].because or skipped[0].node)
        return None

    def _outlook(self, node: PlanNode) -> NodeOutlook:
        until = tuple(dict.fromkeys(self._skipping(node)))
        if until:
            self._may_be_skipped[node.id] = until
            return NodeOutlook(node.id, "unknown", until=until)
        if isinstance(node.component, ResolverComponent):
            return self._of_resolver(node)
        new = tuple(self._new_inputs(node))
        open_until = tuple(dict.fromkeys(self._deciding(node)))
        if not new and not open_until:
            return self._of_launcher(node)
        if new and _reads_artifacts(node):
            # Decided by what is there, but TFX decides when all inputs are.
            until = tuple(dict.fromkeys(producer for _, producer in new))
            self._may_be_skipped[node.id] = until
            return NodeOutlook(node.id, "unknown", until=until)
        if self._ask(node.id, False).state == "skipped":
            return NodeOutlook(node.id, "skipped")
        if new or not self._looks_in_cache(node):
            return NodeOutlook(node.id, "runs", new_from=new)
        return NodeOutlook(node.id, "unknown", until=open_until)

    def _of_launcher(self, node: PlanNode) -> NodeOutlook:
        result = self._ask(node.id, True)
        return NodeOutlook(node.id, result.state, result=result)

    def _of_resolver(self, node: PlanNode) -> NodeOutlook:
        """Returns that it looks for artifacts, as it does in each run, if only later ones can be found."""
        until = tuple(dict.fromkeys(self._finding(node)))
        if not until:
            return self._of_launcher(node)
        if self._ask(node.id, False).state == "skipped":
            return NodeOutlook(node.id, "skipped")
        self._open[node.id] = until
        return NodeOutlook(node.id, "runs", until=until)

    def _skipping(self, node: PlanNode) -> Iterator[str]:
        """Yields the nodes that have to run before it is known whether a node is skipped."""
        if node.when is not None:
            for producer, _ in channels(node.when):
                yield from self._runs_before(producer)
        if node.execution.trigger_strategy != COMPLETED:
            for upstream in node.upstream:
                yield from self._may_be_skipped.get(upstream, ())

    def _deciding(self, node: PlanNode) -> Iterator[str]:
        """Yields the nodes that have to run before a node's cache key is known."""
        for _, producer in _reads(node):
            yield from self._open.get(producer, ())
        for producer, _ in artifact_values(node):
            yield from self._runs_before(producer)

    def _finding(self, node: PlanNode) -> Iterator[str]:
        """Yields the nodes that have to run before it is known what a Resolver finds."""
        for _, producer in _reads(node):
            yield from self._runs_before(producer)
        wanted = {
            source.artifact_type
            for sources in node.inputs.values()
            for source in sources
            if isinstance(source, PlanQuery)
        }
        above = nodes_above(self._plan, [node.id]) - {node.id} if wanted else frozenset()
        for each in self._plan.nodes:
            if each.id in above and wanted & set(each.outputs.values()):
                yield from self._runs_before(each.id)

    def _new_inputs(self, node: PlanNode) -> Iterator[tuple[str, str]]:
        for key, producer in _reads(node):
            if self._runs(producer):
                yield key, producer

    def _runs_before(self, producer: str) -> Iterator[str]:
        if producer in self._open:
            yield from self._open[producer]
        elif self._runs(producer):
            yield producer

    def _runs(self, producer: str) -> bool:
        """Whether a node makes artifacts that are not there yet. What a Resolver finds is."""
        outlook = self.found.get(producer)
        is_resolver = isinstance(self._plan.node(producer).component, ResolverComponent)
        return outlook is not None and outlook.state == "runs" and not is_resolver

    def _looks_in_cache(self, node: PlanNode) -> bool:
        return self._asked.cache and node.execution.cache


def _reads(node: PlanNode) -> Iterator[tuple[str, str]]:
    """Yields input and producer."""
    for key, sources in node.inputs.items():
        for source in sources:
            if isinstance(source, PlanChannel):
                yield key, source.node


def _reads_artifacts(node: PlanNode) -> bool:
    """Whether a node's condition depends on artifacts."""
    return node.when is not None and bool(channels(node.when))
