"""What the launcher gives executors of tfxc's own beside what TFX does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tfx.orchestration.portable import launcher as tfx_launcher

from tfxc.backends.launcher.components import best_model_executor
from tfxc.backends.launcher.components.model_registry_executor import Executor, KnownToLauncher
from tfxc.backends.launcher.node import metadata
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode


def give_lineage(
    launcher: tfx_launcher.Launcher,
    plan: Plan,
    node: PlanNode,
    parameters: Mapping[str, Any],
    require_servable: Callable[[Any], None],
) -> None:
    """Gives the executor of a ModelRegistryPusher what it cannot know; another node's is left alone."""
    operator = launcher._executor_operator
    if getattr(operator, "_executor_cls", None) is not Executor:
        return
    known = KnownToLauncher(
        code_sha256=_code_sha256(plan, node),
        parameters={name: str(value) for name, value in parameters.items()},
    )
    operator._executor_cls = partial(Executor, known=known, require_servable=require_servable)


def give_labels(launcher: tfx_launcher.Launcher, plan: Plan, connection: Any) -> Callable[[int], None]:
    """Gives the executor of a BestModel what people call the nodes; another node's is left alone.

    Returns what is left to do when an execution with that id has been published.
    """
    operator = launcher._executor_operator
    if getattr(operator, "_executor_cls", None) is not best_model_executor.Executor:
        return lambda execution_id: None
    labels = {node.id: node.label for node in plan.nodes}
    operator._executor_cls = partial(best_model_executor.Executor, labels=labels)

    def published(execution_id: int) -> None:
        with metadata.connected(connection) as handle:
            best_model_executor.name_blessed_model(handle, execution_id)

    return published


def _code_sha256(plan: Plan, node: PlanNode) -> str | None:
    """Returns the checksum of the code of who makes the model; None if that is not the user's."""
    makers = [source.node for source in node.inputs.get("model", ()) if isinstance(source, PlanChannel)]
    found = [plan.code_sha256(plan.node(maker)) for maker in makers]
    return "+".join(each for each in found if each is not None) or None
