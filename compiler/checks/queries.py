"""What a Resolver asks ML Metadata for: T202 to T204, T212, and W730 for what depends on chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.checks.artifact_types import plural_or_a
from tfxc.compiler.checks.channels import output_findings
from tfxc.compiler.checks.roles import chooses
from tfxc.compiler.checks.splits import property_findings
from tfxc.compiler.language.references import constant_text
from tfxc.compiler.language.selections import Selection, awaited_component
from tfxc.compiler.pipeline.graph import downstream, reachable
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.artifacts import ARTIFACT_TYPES, is_assignable
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest


@dataclass(frozen=True)
class Query:
    """One channel of a Resolver that asks for artifacts of all runs, and where it stands."""

    resolver: Node
    path: Path
    values: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        """Returns what a key says, if that is a text which is known now."""
        value = self.values.get(key)
        return constant_text(value)

    @property
    def producer(self) -> str | None:
        """The component that is asked for, without a selection of its nodes; None where that is not known."""
        text = self.text("producer")
        return text if text is None else awaited_component(text)[0] or text

    @property
    def selection(self) -> Selection | None:
        """Which nodes of the producer are meant, where it says it."""
        return awaited_component(self.text("producer") or "")[1]


def queried_producers(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203, T204 and T208: a producer or output that is not there, or that makes something else."""
    for query in queries(pipeline):
        producer, output, wanted = query.producer, query.text("output"), query.text("artifact_type")
        if producer is None or asks_another(query, pipeline):
            continue
        if producer not in pipeline.node_ids:
            names = pipeline.node_ids_in_order
            help_lines = did_you_mean(producer, names) or (f"the components are {enumeration(names)}",)
            path, part = (*query.path, "producer"), (0, len(producer))
            message = f"there is no component `{producer}`"
            yield Finding(
                "T202", message, path, part=part, help=help_lines, fix=only_closest(producer, names)
            )
        elif output is not None:
            path = (*query.path, "output")
            found = list(
                output_findings(pipeline, producer, output, path, (0, len(output)), (0, len(output)))
            )
            yield from found
            given = pipeline.known_type(producer, output)
            if not found and wanted is not None and given is not None and not is_assignable(given, wanted):
                yield _of_another_type(query, producer, [given], pipeline)
        elif wanted is not None:
            types = _types_of(pipeline.nodes.get(producer))
            if types and not any(is_assignable(given, wanted) for given in types):
                yield _of_another_type(query, producer, types, pipeline)


def queried_properties(pipeline: Pipeline) -> Iterator[Finding]:
    """T212: a query for properties that artifacts of its type do not have."""
    for query in queries(pipeline):
        standard = ARTIFACT_TYPES.get(query.text("artifact_type") or "")
        if standard is not None:
            path = (*query.path, "properties")
            hint = "what components set themselves is in `custom_properties`"
            yield from property_findings(query.values.get("properties"), standard, path, hint)


def queries_of_this_run(pipeline: Pipeline) -> Iterator[Finding]:
    """W730: a query that finds what this run makes, or does not, by which of the two nodes is faster."""
    below = downstream(pipeline.upstream)
    for query in queries(pipeline):
        if not _takes_the_latest(query) or asks_another(query, pipeline):
            continue
        ordered = reachable(query.resolver.id, pipeline.upstream) | reachable(query.resolver.id, below)
        makers = [
            node.id
            for node in pipeline.nodes.values()
            if node.id not in ordered and node.id != pipeline.document.get("on_exit") and _makes(node, query)
        ]
        if makers:
            what = f"`{makers[0]}` makes" if len(makers) == 1 else f"{enumeration(makers)} make"
            yield Finding(
                "W730",
                f"whether `{query.resolver.id}` finds what {what} in the same run is chance",
                query.path,
                related=(Related(pipeline.nodes[makers[0]].path, "it may be done before or after"),),
                help=(
                    f"wait for it: `depends_on: [{', '.join(makers)}]`; to find what earlier runs made, let "
                    f"`{makers[0]}` depend on `{query.resolver.id}`",
                ),
            )


def queries(pipeline: Pipeline) -> Iterator[Query]:
    for node in pipeline.nodes.values():
        if chooses(node) and node.interface is not None:
            for key in node.interface.inputs:
                value = node.values.get(key)
                if isinstance(value, dict):
                    yield Query(node, (*node.path, key), value)


def asks_another(query: Query, pipeline: Pipeline) -> bool:
    """Whether it asks for what another pipeline made, of which nothing is known here."""
    other = query.values.get("pipeline")
    return other is not None and not pipeline.is_called(other)


def _takes_the_latest(query: Query) -> bool:
    """Whether what this run makes would be found: it has no blessing before its end."""
    return query.resolver.values.get("strategy_class") != "LatestBlessedModelStrategy"


def _types_of(node: Node | None) -> list[str]:
    outputs = node.interface.outputs.values() if node is not None and node.interface is not None else ()
    return [] if None in outputs else [type_ for type_ in outputs if type_ is not None]


def _makes(node: Node, query: Query) -> bool:
    """Whether a node makes artifacts that a query finds: choosing among those that are there makes none."""
    if node.interface is None or chooses(node) or query.producer not in (None, node.id):
        return False
    return any(
        type_ == query.text("artifact_type") and query.text("output") in (None, output)
        for output, type_ in node.interface.outputs.items()
    )


def _of_another_type(query: Query, producer: str, given: list[str], pipeline: Pipeline) -> Finding:
    wanted = str(query.text("artifact_type"))
    what = f"{producer}.{query.text('output')}" if query.text("output") is not None else producer
    verb = "is" if query.text("output") is not None else "makes"
    return Finding(
        "T204",
        f"`{query.resolver.id}.{query.path[-1]}` asks for {plural_or_a(wanted)}, "
        f"but `{what}` {verb} {enumeration(given)}",
        (*query.path, "artifact_type"),
        related=(Related(pipeline.nodes[producer].path, f"`{producer}` is declared here"),),
        help=(f"write {' or '.join(f'`artifact_type: {each}`' for each in dict.fromkeys(given))}",),
    )
