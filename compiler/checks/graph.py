"""The graph of the components: G601 to G605 and W707."""

from __future__ import annotations

import os
from collections.abc import Iterator

from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import awaited_component
from tfxc.compiler.models.markers import marked_values
from tfxc.compiler.pipeline.graph import find_cycles
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import depends_on
from tfxc.schemas.components.markers import SpecPath
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest


def cycles(pipeline: Pipeline) -> Iterator[Finding]:
    """G601: components that wait for each other, with the place of each hop."""
    for cycle in find_cycles(tuple(pipeline.nodes), pipeline.upstream):
        hops = list(zip(cycle, (*cycle[1:], cycle[0]), strict=True))
        *others, (last, first) = hops
        path = pipeline.upstream[first][last]
        if len(cycle) == 1:
            yield Finding("G601", f"`{first}` waits for itself", path, help=("take this out",))
            continue
        yield Finding(
            "G601",
            f"components wait for each other in a circle: {' → '.join((*cycle, first))}",
            path,
            related=tuple(
                Related(
                    pipeline.upstream[consumer][producer],
                    f"`{consumer}` {_verb(pipeline.upstream[consumer][producer])} `{producer}` here",
                    False,
                )
                for producer, consumer in others
            ),
            help=(f"here `{first}` {_verb(path)} `{last}`; take one of these out",),
        )


def unknown_dependencies(pipeline: Pipeline) -> Iterator[Finding]:
    """G602: a ``depends_on`` that names no component."""
    for node in pipeline.nodes.values():
        for index, name in enumerate(depends_on(node)):
            if not isinstance(name, str) or is_templated(name):
                continue
            if awaited_component(name)[0] in pipeline.node_ids:
                continue
            component = name.partition(".")[0]
            help_lines = did_you_mean(name, pipeline.node_ids_in_order)
            fix = only_closest(name, pipeline.node_ids_in_order)
            if component in pipeline.node_ids:
                help_lines = (f"write `{component}`: a node is waited for, not one of its outputs",)
                fix = component
            path = (*node.path, "depends_on", index)
            yield Finding("G602", f"there is no component `{name}`", path, help=help_lines, fix=fix)


def repeated_dependencies(pipeline: Pipeline) -> Iterator[Finding]:
    """W707: a ``depends_on`` that names a component twice."""
    for node in pipeline.nodes.values():
        first: dict[str, int] = {}
        for index, name in enumerate(depends_on(node)):
            if not isinstance(name, str):
                continue
            if name in first:
                path: Path = (*node.path, "depends_on", first[name])
                yield Finding(
                    "W707",
                    f"`{node.id}` names `{name}` twice",
                    (*node.path, "depends_on", index),
                    related=(Related(path, "here first", False),),
                    help=("take one of them out",),
                )
            first.setdefault(name, index)


def exit_node(pipeline: Pipeline) -> Iterator[Finding]:
    """G603 and G604: an ``on_exit`` that names no component, or one that others wait for."""
    name = pipeline.document.get("on_exit")
    if not isinstance(name, str) or is_templated(name):
        return
    if name not in pipeline.node_ids:
        names = pipeline.node_ids_in_order
        help_lines = did_you_mean(name, names) or (f"the components are {enumeration(names)}",)
        fix = only_closest(name, names)
        yield Finding("G603", f"there is no component `{name}`", ("on_exit",), help=help_lines, fix=fix)
        return
    for consumer, upstream in pipeline.upstream.items():
        if name in upstream and consumer != name:
            yield Finding(
                "G604",
                f"`{consumer}` {_verb(upstream[name])} `{name}`, which runs after all the others",
                upstream[name],
                related=(Related(("on_exit",), f"`{name}` runs on exit"),),
                help=("nothing can come after the node that runs on exit",),
            )


def pipelines_that_start_themselves(pipeline: Pipeline) -> Iterator[Finding]:
    """G605: a component that runs the spec that it stands in, which would run it again, and so on."""
    own = os.path.realpath(pipeline.loaded.path)
    for node in pipeline.nodes.values():
        model = node.model
        if model is None:
            continue
        for path, text in marked_values(model, SpecPath, node.values, node.path):
            if not isinstance(text, str) or is_templated(text) or is_uri(text) or "\0" in text:
                continue
            if os.path.realpath(pipeline.loaded.origin_of(path) / text) == own:
                message = f"`{node.id}` starts the pipeline that it belongs to, over and over again"
                yield Finding("G605", message, path, help=("name the spec of another pipeline",))


def _verb(path: Path) -> str:
    """How a path makes one component wait for another."""
    key = path[2] if len(path) > 2 else ""
    return {"depends_on": "depends on", "when": "has a condition on"}.get(str(key), "reads from")
