"""What a container of the user's cannot be where an orchestrator starts it itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import ContainerComponent, Plan, PlanNode
from tfxc.schemas.plan_values import has_references

UNSUPPORTED = "B101"


@dataclass(frozen=True)
class Starter:
    """What starts containers, in words: its ``name``, ``where`` they run, the ``target`` of the compiler."""

    name: str
    where: str
    target: str
    sets_working_directory: bool = False


def container_findings(plan: Plan, starter: Starter) -> Iterator[Finding]:
    """Yields what is not filled in or not there: only words of a command are known at run time."""
    for node in plan.nodes:
        if isinstance(node.component, ContainerComponent):
            yield from _of_container(node, node.component, starter)
            if node.id == plan.on_exit:
                yield Finding(
                    UNSUPPORTED,
                    f"a container cannot be what runs on exit {starter.where}, and `{node.id}` is one",
                    (*node.origin, "type"),
                    help=("let a component of your own do it: `type: file.py:function`",),
                )


def _of_container(node: PlanNode, container: ContainerComponent, starter: Starter) -> Iterator[Finding]:
    if has_references(container.image):
        yield Finding(
            UNSUPPORTED,
            f"the image of `{node.id}` must be known when the pipeline is compiled for {starter.target}",
            (*node.origin, "image"),
            help=("write the image itself; environments can give each its own",),
        )
    if container.working_directory is not None and not starter.sets_working_directory:
        yield Finding(
            UNSUPPORTED,
            f"a container of {starter.name} starts in the folder that its image says",
            (*node.origin, "working_directory"),
            help=("set it in the image, or let a shell go there: `command: [sh, -c, …]`",),
        )
    for name, value in node.execution.env.items():
        if has_references(value):
            yield Finding(
                UNSUPPORTED,
                f"the variable {name} of `{node.id}` must be known when it is compiled for {starter.target}",
                (*node.origin, "execution", "env", name),
                help=("give it in the command, which is filled in when it runs",),
            )
