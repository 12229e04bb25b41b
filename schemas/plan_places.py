"""Where things stand: every value, path and reference of a Plan, with its place in the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfxc.schemas.conditions import values_in
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.plan import ContainerComponent, Plan, PlanNode, PlanQuery, ResolverComponent
from tfxc.schemas.plan_values import JsonValue, form_of, known_prefix, known_text, parts, references_in
from tfxc.schemas.spec_values import spec_value

_PATHS: tuple[Path, ...] = (("pipeline_root",), ("metadata", "sqlite", "path"))
"""Values that are paths whatever their form."""


@dataclass(frozen=True)
class PlacedValue:
    """A value, its place in the document, and the node that it belongs to (None: the pipeline).

    ``origin`` is where that node's component stands, and ``inside`` the way from there.
    """

    place: Path
    value: JsonValue
    node: str | None = None
    origin: Path = ()

    @property
    def inside(self) -> Path:
        """The way from the node's component to the value."""
        return self.place[len(self.origin) :]


@dataclass(frozen=True)
class PlacedPath(PlacedValue):
    """A file path or URI of a Plan.

    ``place`` begins with ``pipeline_root``, ``metadata``, ``parameters`` (a default) or ``components``.
    """

    @property
    def text(self) -> str | None:
        """The whole path if it is known before a run, else None."""
        return known_text(self.value)

    @property
    def prefix(self) -> str:
        """What the path begins with whatever the run; "" if not even that is known."""
        return known_prefix(self.value)

    @property
    def shown(self) -> str:
        """The path as a spec writes it."""
        return str(spec_value(self.value))


def values(plan: Plan) -> Iterator[PlacedValue]:
    """Yields every value of a Plan that may be symbolic: the pipeline's own, then those of each node."""
    yield PlacedValue(("pipeline_root",), plan.pipeline_root)
    metadata = plan.metadata
    for name in type(metadata).model_fields:
        if name != "kind" and getattr(metadata, name) is not None:
            yield PlacedValue(("metadata", metadata.kind, name), getattr(metadata, name))
    for index, argument in enumerate(plan.beam_pipeline_args):
        yield PlacedValue(("beam_pipeline_args", index), argument)
    for node in plan.nodes:
        yield from node_values(node)


def node_values(node: PlanNode) -> Iterator[PlacedValue]:
    """Yields every value of a node that may be symbolic."""
    for inside, value in _values_inside(node):
        yield PlacedValue((*node.origin, *inside), value, node.id, node.origin)


def _values_inside(node: PlanNode) -> Iterator[tuple[Path, JsonValue]]:
    if isinstance(node.component, ResolverComponent):
        yield ("config",), node.component.config
    elif isinstance(node.component, ContainerComponent):
        yield ("image",), node.component.image
        for key, texts in (("command", node.component.command), ("args", node.component.args)):
            for index, each in enumerate(texts):
                yield (key, index), each
    for name, sources in node.inputs.items():
        for source in sources:
            if isinstance(source, PlanQuery):
                for section in ("properties", "custom_properties"):
                    for property_, each in getattr(source, section).items():
                        yield (name, section, property_), each
    for name, argument in node.arguments.items():
        inside = ("parameters", name) if isinstance(node.component, ContainerComponent) else (name,)
        yield inside, argument.value
    if node.when is not None:
        for each in values_in(node.when):
            yield ("when",), each
    for index, each in enumerate(node.execution.beam_pipeline_args or ()):
        yield ("execution", "beam_pipeline_args", index), each
    for name, each in node.execution.env.items():
        yield ("execution", "env", name), each


def artifact_values(node: PlanNode) -> tuple[tuple[str, str], ...]:
    """Returns the (node, output) of every artifact whose value is in an argument of a node, each once."""
    found = (
        tuple(part.inner.rsplit(".", 1))
        for placed in node_values(node)
        for part in parts(placed.value)
        if part.form == "artifact_value"
    )
    return tuple(dict.fromkeys((producer, output) for producer, output in found))


def paths(plan: Plan) -> Iterator[PlacedPath]:
    """Yields every file path of a Plan: the defaults of path parameters, then those in `values`."""
    for parameter in plan.parameters:
        if parameter.type == "path" and isinstance(parameter.default, str):
            yield PlacedPath(("parameters", parameter.name, "default"), parameter.default)
    for placed in values(plan):
        if placed.place in _PATHS and form_of(placed.value)[0] != "path":
            yield PlacedPath(placed.place, placed.value)
        for part in parts(placed.value, placed.place):
            if part.form == "path":
                yield PlacedPath(part.place, part.inner, placed.node, placed.origin)


def default_texts(plan: Plan) -> dict[str, str]:
    """Returns what references stand for in a run that nobody gives anything: target → text.

    The run's id and date, and parameters that are no text, are shown in braces where they are not
    known: each is one part of a path. What only the environment or whoever starts the run knows is left
    out.
    """
    texts = {target: f"{{{{ {target} }}}}" for target in ("run.id", "run.date")}
    for parameter in plan.parameters:
        target = f"parameters.{parameter.name}"
        if parameter.default is not None:
            texts[target] = str(parameter.default)
        elif parameter.type not in ("str", "path"):
            texts[target] = f"{{{{ {target} }}}}"
    return texts


def references(plan: Plan) -> frozenset[str]:
    """Returns the targets of all references of a Plan."""
    return frozenset(target for placed in values(plan) for target in references_in(placed.value))
