"""Which nodes a name means, where components have a matrix: those of a selection, or the reader's own."""

from __future__ import annotations

from dataclasses import dataclass

from tfxc.compiler.language.selections import Selection
from tfxc.compiler.pipeline.matrix import Combination, Matrix, axis_text
from tfxc.compiler.pipeline.model import Pipeline


@dataclass(frozen=True)
class Member:
    """One node of a component: its id, its label, and its combination if the component has a matrix."""

    id: str
    label: str
    combination: Combination | None = None


def members(pipeline: Pipeline, component: str) -> tuple[Member, ...]:
    """Returns the nodes that a component stands for, in the order of its matrix."""
    matrix = pipeline.matrices.of(component)
    if matrix is None:
        return (Member(component, component),)
    return tuple(member_of(component, combination) for combination in matrix.combinations)


def member_of(component: str, combination: Combination) -> Member:
    """Returns the node of a component with a combination."""
    return Member(combination.node_id(component), combination.label(component), combination)


def meant_members(
    pipeline: Pipeline, component: str, selection: Selection | None, combination: Combination | None
) -> tuple[Member, ...]:
    """Returns the nodes that a name means to a reader with a combination: all that are selected, or without
    a selection the reader's own; none where the reader has no own one."""
    matrix = pipeline.matrices.of(component)
    if matrix is None:
        return (Member(component, component),)
    if selection is not None:
        return tuple(member_of(component, each) for each in selected(matrix, selection))
    own = matrix.own(combination)
    return () if own is None else (member_of(component, own),)


def awaited_members(
    pipeline: Pipeline, component: str, selection: Selection | None, combination: Combination | None
) -> tuple[Member, ...]:
    """Returns the nodes that a ``depends_on`` means: as a channel does, but all where there is no own one."""
    return meant_members(pipeline, component, selection, combination) or members(pipeline, component)


def selected(matrix: Matrix, selection: Selection) -> tuple[Combination, ...]:
    """Returns the combinations that a selection means, in the order of the matrix."""
    wanted = [(each.axis, each.value) for each in selection.wanted if each.axis is not None]
    return tuple(
        combination
        for combination in matrix.combinations
        if all(
            axis in combination.values and axis_text(combination.values[axis]) == value
            for axis, value in wanted
        )
    )
