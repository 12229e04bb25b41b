"""What may be written about some nodes of a component with a matrix: ``trainer[city=rome].model``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfxc.compiler.lsp.proposals import Completion
from tfxc.compiler.pipeline.matrix import Combination, Matrix, axis_text
from tfxc.compiler.pipeline.model import Pipeline

MOST_COMBINATIONS = 20
"""Combinations that are proposed whole; of more the values are proposed one after the other."""

_OPEN = re.compile(r"([A-Za-z_][\w-]*)\[([^\[\]]*)$", re.ASCII)


def selection(typed: str, pipeline: Pipeline, all_of_them: bool = False) -> tuple[Completion, ...] | None:
    """Returns what may stand at the end of the brackets behind a component; None if none are open.

    ``all_of_them`` is whether ``[*]`` may be said here.
    """
    opened = _OPEN.search(typed)
    if opened is None:
        return None
    matrix = pipeline.matrices.of(opened.group(1))
    if matrix is None or not matrix.combinations:
        return ()
    *before, last = opened.group(2).split(",")
    chosen = dict(_wanted(each) for each in before)
    fitting = [each for each in matrix.combinations if _agrees(each, chosen)]
    if "=" in last:
        axis, value = _wanted(last)
        texts = dict.fromkeys(axis_text(each.values[axis]) for each in fitting if axis in each.values)
        detail = f"of the axis {axis}"
        return tuple(Completion(text, text, "value", len(value), detail) for text in texts)
    typed_axis = last.lstrip()
    axes = [axis for axis in matrix.axes if axis not in chosen and fitting]
    found = [
        Completion(f"{axis}=", f"{axis}=", "key", len(typed_axis), _values(matrix, axis)) for axis in axes
    ]
    if all_of_them and not before:
        found.append(Completion("*", "*", "value", len(typed_axis), "all of its nodes"))
    return tuple(found)


def selected(
    component: str, consumer: str | None, pipeline: Pipeline, many: bool
) -> Iterator[tuple[str, str]]:
    """Yields a component with the selections that a consumer needs, and what each means; nothing where it
    reads the node of its own combination, or there is no matrix."""
    matrix = pipeline.matrices.of(component)
    own = pipeline.matrices.of(consumer) if consumer is not None else None
    if matrix is None or not matrix.combinations:
        return
    if own is not None and set(matrix.axes) <= set(own.axes):
        return
    if many:
        yield f"{component}[*]", "all of its nodes"
    for each in matrix.combinations[:MOST_COMBINATIONS]:
        wanted = ", ".join(f"{axis}={axis_text(value)}" for axis, value in each.values.items())
        yield f"{component}[{wanted}]", "one of its nodes"


def _wanted(text: str) -> tuple[str, str]:
    axis, _, value = text.partition("=")
    return axis.strip(), value.strip()


def _agrees(combination: Combination, chosen: dict[str, str]) -> bool:
    return all(
        axis in combination.values and axis_text(combination.values[axis]) == value
        for axis, value in chosen.items()
    )


def _values(matrix: Matrix, axis: str) -> str:
    texts = dict.fromkeys(axis_text(each.values[axis]) for each in matrix.combinations)
    shown = list(texts)[:5]
    return ", ".join(shown) + (", …" if len(texts) > len(shown) else "")
