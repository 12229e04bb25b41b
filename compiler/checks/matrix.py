"""Matrices, and which nodes of a component with one a name means: F801 to F806."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfxc.compiler.checks.queries import asks_another, queries
from tfxc.compiler.language.condition_terms import artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.selections import Selection, Wanted, awaited_component, moved
from tfxc.compiler.pipeline.matrix import Combination, Matrix, axis_text
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node, depends_on
from tfxc.compiler.pipeline.wiring import selected
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest


def mistaken_matrices(pipeline: Pipeline) -> Iterator[Finding]:
    """F801 to F804 and S105: what is wrong with a matrix itself."""
    for matrix in pipeline.matrices:
        yield from matrix.findings


def templated_axes(pipeline: Pipeline) -> Iterator[Finding]:
    """F803: braces in the values of an axis that are no reference: put into a text, they could become one."""
    for text in pipeline.referencing_texts:
        if text.path[0] != "components" or text.path[2:3] != ("matrix",) or text.is_key:
            continue
        if not text.template.references and not text.template.bad_references:
            yield Finding("F803", "the values of a matrix cannot have braces in them", text.path)


def selections(pipeline: Pipeline) -> Iterator[Finding]:
    """F803 and F806: selections of components without a matrix, and of values that are not there."""
    for channel in pipeline.channels:
        if channel.selection is not None and channel.node in pipeline.node_ids and channel.node is not None:
            yield from _selection(pipeline, channel.node, channel.selection, channel.path)
    for node in pipeline.nodes.values():
        for index, text in enumerate(depends_on(node)):
            component, selection = awaited_component(text) if isinstance(text, str) else ("", None)
            if selection is not None and component in pipeline.node_ids:
                yield from _selection(pipeline, component, selection, (*node.path, "depends_on", index))
    for use in _uses_of_one(pipeline):
        if use.selection is not None and use.component in pipeline.node_ids:
            yield from _selection(pipeline, use.component, use.selection, use.path)


def unmatched_nodes(pipeline: Pipeline) -> Iterator[Finding]:
    """F805: a component with a matrix where one node is needed, and nothing says which."""
    for channel in pipeline.channels:
        if channel.selection is None and channel.node is not None:
            part = (0, len(channel.node))
            yield from _unmatched(
                pipeline, _Use(pipeline.nodes[channel.consumer], channel.node, None, channel.path, part, True)
            )
    for use in _uses_of_one(pipeline):
        yield from _unmatched(pipeline, use) if use.selection is None else _too_many(pipeline, use)
    on_exit = pipeline.document.get("on_exit")
    if isinstance(on_exit, str) and pipeline.matrices.of(on_exit) is not None:
        yield Finding(
            "F805",
            f"`{on_exit}` has a matrix: one node runs after all the others",
            ("on_exit",),
            related=(_declared(pipeline, on_exit),),
            help=("name a component without a matrix",),
        )


@dataclass(frozen=True)
class _Use:
    """A component that is named where it must mean one node; ``part`` are the characters of its name, and
    those of ``selection`` are of the whole text. ``takes_all``: a list of nodes may stand there as well."""

    consumer: Node
    component: str
    selection: Selection | None
    path: Path
    part: tuple[int, int]
    takes_all: bool = False


def _uses_of_one(pipeline: Pipeline) -> Iterator[_Use]:
    """Yields what conditions, values and queries read of one node, each component of a text once."""
    for name, condition in pipeline.conditions.items():
        if not isinstance(condition, ConditionError):
            for term in {term.named: term for term in reversed(artifact_terms(condition))}.values():
                part = (term.start, term.node_end)
                yield _Use(
                    pipeline.nodes[name], term.node, term.selection, ("components", name, "when"), part
                )
    for text, reference in pipeline.artifact_values:
        component, _ = reference.channel or ("", "")
        start = text.text.index(reference.dotted, reference.start)
        selection = moved(reference.selection, start) if reference.selection is not None else None
        consumer, part = pipeline.nodes[str(text.path[1])], (start, start + len(component))
        yield _Use(consumer, component, selection, text.path, part)
    for query in queries(pipeline):
        if query.producer is not None and not asks_another(query, pipeline):
            path, part = (*query.path, "producer"), (0, len(query.producer))
            yield _Use(query.resolver, query.producer, query.selection, path, part)


def _too_many(pipeline: Pipeline, use: _Use) -> Iterator[Finding]:
    """F805: a selection of several nodes where one is needed."""
    matrix, selection = pipeline.matrices.of(use.component), use.selection
    if matrix is None or not matrix.is_sound or selection is None:
        return
    if any(wanted.axis is None for wanted in selection.wanted):
        return  # F806 says it
    found = selected(matrix, selection)
    if len(found) > 1:
        what = f"these are {len(found)} of the nodes of `{use.component}`"
        yield Finding(
            "F805",
            f"{what}, where one is needed: which of them is meant?",
            use.path,
            part=(use.part[0], selection.end + 1),
            related=(_declared(pipeline, use.component),),
            help=(f"select one: `{_text_of(use.component, found[0])}`",),
        )


def _unmatched(pipeline: Pipeline, use: _Use) -> Iterator[Finding]:
    consumer, component, path, part = use.consumer, use.component, use.path, use.part
    matrix = pipeline.matrices.of(component)
    if (
        matrix is None
        or not matrix.is_sound
        or (consumer.matrix is not None and not consumer.matrix.is_sound)
    ):
        return
    own = consumer.matrix.combinations if consumer.matrix is not None else ()
    lacking = [axis for axis in matrix.axes if consumer.matrix is None or axis not in consumer.matrix.axes]
    related = (_declared(pipeline, component),)
    if lacking:
        message = f"`{component}` is {len(matrix.combinations)} nodes: which of them is meant?"
        help_lines = _how_to_select(consumer, matrix, use.takes_all)
        yield Finding("F805", message, path, part=part, related=related, help=help_lines)
        return
    alone = next((each for each in own if matrix.own(each) is None), None)
    if alone is not None:
        of_it = Combination({axis: alone.values[axis] for axis in matrix.axes})
        message = f"`{alone.label(consumer.id)}` has no `{of_it.label(component)}` to read from"
        help_line = f"`matrix: {{from: {component}}}` makes one for each that there is"
        yield Finding("F805", message, path, part=part, related=related, help=(help_line,))


def _how_to_select(consumer: Node, matrix: Matrix, takes_all: bool) -> tuple[str, ...]:
    aligned = f"one of `{consumer.id}` for each: `matrix: {{from: {matrix.component}}}`"
    if consumer.matrix is not None:
        aligned = f"take its axes too: `from: {matrix.component}` in the matrix of `{consumer.id}`"
    one = f"one of them: `{_text_of(matrix.component, matrix.combinations[0])}`"
    return (aligned, f"all of them: `{matrix.component}[*]`; {one}" if takes_all else one)


def _text_of(component: str, combination: Combination) -> str:
    """Returns how one node of a component is selected."""
    wanted = ", ".join(f"{axis}={axis_text(value)}" for axis, value in combination.values.items())
    return f"{component}[{wanted}]"


def _selection(pipeline: Pipeline, component: str, selection: Selection, path: Path) -> Iterator[Finding]:
    matrix = pipeline.matrices.of(component)
    if matrix is None:
        yield Finding(
            "F806",
            f"`{component}` has no matrix: it is one node",
            path,
            part=(selection.start - 1, selection.end + 1),
            related=(_declared(pipeline, component),),
            help=(f"write `{component}` without brackets",),
        )
        return
    if not matrix.is_sound:
        return
    found = [finding for wanted in selection.wanted for finding in _wanted(matrix, wanted, path)]
    yield from found
    if not found and not selected(matrix, selection):
        part = (selection.start, selection.end)
        message = f"no node of `{component}` has these values: its matrix leaves that combination out"
        yield Finding("F803", message, path, part=part, related=(_declared(pipeline, component),))


def _wanted(matrix: Matrix, wanted: Wanted, path: Path) -> Iterator[Finding]:
    part = (wanted.start, wanted.end)
    if wanted.axis is None:
        axes = [axis for axis in matrix.axes if wanted.value in _texts(matrix, axis)]
        fix = f"{axes[0]}={wanted.value}" if len(axes) == 1 else None
        help_line = (
            f"write `{fix}`" if fix else "write `*` for all, or `axis=value`; several with commas between"
        )
        message = f"`{wanted.value}` selects nothing" if wanted.value else "the brackets are empty"
        yield Finding("F806", message, path, part=part, help=(help_line,), fix=fix)
    elif wanted.axis not in matrix.axes:
        yield Finding(
            "F803",
            f"the matrix of `{matrix.component}` has no axis `{wanted.axis}`",
            path,
            part=part,
            help=did_you_mean(wanted.axis, matrix.axes) or (f"its axes are {enumeration(matrix.axes)}",),
        )
    elif wanted.value not in _texts(matrix, wanted.axis):
        texts = _texts(matrix, wanted.axis)
        near = only_closest(wanted.value, texts)
        yield Finding(
            "F803",
            f"the axis `{wanted.axis}` of `{matrix.component}` has no value `{wanted.value}`",
            path,
            part=part,
            help=did_you_mean(wanted.value, texts) or (f"its values are {enumeration(texts)}",),
            fix=f"{wanted.axis}={near}" if near is not None else None,
        )


def _texts(matrix: Matrix, axis: str) -> list[str]:
    return list(dict.fromkeys(axis_text(each.values[axis]) for each in matrix.combinations))


def _declared(pipeline: Pipeline, component: str) -> Related:
    has_matrix = pipeline.matrices.of(component) is not None
    path = ("components", component, "matrix") if has_matrix else ("components", component)
    return Related(path, "its matrix is declared here" if has_matrix else "it is declared here")
