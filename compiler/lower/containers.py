"""A container of the document → its component and arguments in the Plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.compiler.lower.values import ValueLowering, without_nulls
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.plan import ContainerComponent, PlanArgument


def lower_container(node: Node, given: Mapping[str, Any], values: ValueLowering) -> ContainerComponent:
    """Returns the component: what the command refers to stays symbolic."""
    return ContainerComponent(
        image=values.value(given["image"], (*node.path, "image")),
        command=tuple(values.command_text(each) for each in given.get("command") or ()),
        args=tuple(values.command_text(each) for each in given.get("args") or ()),
        working_directory=given.get("working_directory"),
    )


def container_arguments(
    node: Node, given: Mapping[str, Any], values: ValueLowering
) -> dict[str, PlanArgument]:
    """Returns its parameters: TFX keeps each as an execution property of its name."""
    return {
        name: PlanArgument(
            execution_property=name, value=values.value(value, (*node.path, "parameters", name))
        )
        for name, value in without_nulls(given.get("parameters") or {}).items()
    }
