"""All that a spec can ask of whatever runs its nodes, as one table.

Options of ``execution``, and features of the language that an orchestrator may lack. A backend says
by `ExecutionOption.name` which of them it honours and, for the rest, why it cannot; what it names in
neither place it has not heard of, and the compiler refuses it there (B101).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tfxc.schemas.diagnostics import Path
from tfxc.schemas.plan import (
    COMPLETED,
    ContainerComponent,
    ManagedMetadata,
    Plan,
    PlanNode,
    PlanQuery,
    StandardComponent,
)
from tfxc.schemas.plan_places import values
from tfxc.schemas.plan_values import parts

ON_EXIT = "on_exit"
RUN_DATE = "run.date"


@dataclass(frozen=True)
class ExecutionOption:
    """One thing that a spec can ask for.

    ``words`` are what messages call it. ``asked`` returns the places in the document where a Plan asks
    for it, each once, in the Plan's order. ``carried`` says that the launcher honours it wherever it runs,
    from the Plan alone: an orchestrator has nothing to do for it. ``is_reference`` says that a
    ``{{ reference }}`` of that name asks for it, which may stand in any text.
    """

    name: str
    words: str
    asked: Callable[[Plan], tuple[Path, ...]]
    carried: bool = False
    is_reference: bool = False


def _of_nodes(
    name: str, words: str, place: Path, asks: Callable[[PlanNode], object], carried: bool = False
) -> ExecutionOption:
    """Returns an option of single nodes; ``place`` is where it stands in a component."""

    def asked(plan: Plan) -> tuple[Path, ...]:
        return tuple((*node.origin, *place) for node in plan.nodes if asks(node))

    return ExecutionOption(name, words, asked, carried)


def _on_exit(plan: Plan) -> tuple[Path, ...]:
    return () if plan.on_exit is None else ((ON_EXIT,),)


def _artifact_values(plan: Plan) -> tuple[Path, ...]:
    found = (
        part.place
        for placed in values(plan)
        for part in parts(placed.value, placed.place)
        if part.form == "artifact_value"
    )
    return tuple(dict.fromkeys(found))


def _queries(plan: Plan, asks: Callable[[PlanQuery], bool]) -> tuple[Path, ...]:
    """Returns the inputs that look for artifacts of earlier runs in a certain way."""
    return tuple(
        (*node.origin, name)
        for node in plan.nodes
        for name, sources in node.inputs.items()
        if any(isinstance(source, PlanQuery) and asks(source) for source in sources)
    )


def _run_date(plan: Plan) -> tuple[Path, ...]:
    dates = (
        part.place
        for placed in values(plan)
        for part in parts(placed.value, placed.place)
        if part.form == "reference" and part.inner == RUN_DATE
    )
    return tuple(dict.fromkeys(dates))


_OPTIONS = (
    _of_nodes("when", "conditions", ("when",), lambda node: node.when is not None, carried=True),
    _of_nodes("retries", "retries", ("execution", "retries"), lambda node: node.execution.retries),
    _of_nodes(
        "retry_delay",
        "a wait before retries",
        ("execution", "retry_delay"),
        lambda node: node.execution.retry_delay,
    ),
    _of_nodes(
        "retry_exponential_backoff",
        "exponential backoff",
        ("execution", "retry_exponential_backoff"),
        lambda node: node.execution.retry_exponential_backoff,
    ),
    _of_nodes(
        "timeout", "timeouts", ("execution", "timeout"), lambda node: node.execution.timeout is not None
    ),
    _of_nodes(
        "cache",
        "nodes that never re-use earlier outputs",
        ("execution", "cache"),
        lambda node: not node.execution.cache,
        carried=True,
    ),
    _of_nodes(
        "check_model",
        "models that are not tried as a server would",
        ("execution", "check_model"),
        lambda node: not node.execution.check_model,
        carried=True,
    ),
    _of_nodes(
        "on_anomaly",
        "nodes that anomalies fail",
        ("on_anomaly",),
        lambda node: node.execution.on_anomaly == "fail",
        carried=True,
    ),
    _of_nodes(
        "trigger_strategy",
        "a trigger strategy",
        ("execution", "trigger_strategy"),
        lambda node: node.execution.trigger_strategy == COMPLETED,
    ),
    _of_nodes(
        "cpu",
        "a request of cores",
        ("execution", "resources", "cpu"),
        lambda node: node.execution.resources.cpu,
    ),
    _of_nodes(
        "memory",
        "a request of memory",
        ("execution", "resources", "memory"),
        lambda node: node.execution.resources.memory,
    ),
    _of_nodes(
        "accelerator",
        "a request of accelerators",
        ("execution", "resources", "accelerator"),
        lambda node: node.execution.resources.accelerator,
    ),
    _of_nodes(
        "beam_pipeline_args",
        "Beam arguments of a node",
        ("execution", "beam_pipeline_args"),
        lambda node: node.execution.beam_pipeline_args is not None,
        carried=True,
    ),
    _of_nodes(
        "env",
        "environment variables of a node",
        ("execution", "env"),
        lambda node: node.execution.env,
        carried=True,
    ),
    _of_nodes(
        "container",
        "containers as components",
        ("type",),
        lambda node: isinstance(node.component, ContainerComponent),
    ),
    _of_nodes(
        "executor",
        "executors of one's own",
        ("executor",),
        lambda node: isinstance(node.component, StandardComponent) and node.component.executor is not None,
        carried=True,
    ),
    _of_nodes(
        "katib",
        "a search with Katib",
        ("engine",),
        lambda node: isinstance(node.component, StandardComponent) and node.component.engine == "katib",
    ),
    ExecutionOption("artifact_values", "values of artifacts as arguments", _artifact_values, carried=True),
    ExecutionOption(
        "artifacts_of_other_pipelines",
        "artifacts of other pipelines",
        lambda plan: _queries(plan, lambda query: query.pipeline is not None),
        carried=True,
    ),
    ExecutionOption(
        "artifacts_by_property",
        "artifacts chosen by their properties",
        lambda plan: _queries(plan, lambda query: bool(query.properties or query.custom_properties)),
        carried=True,
    ),
    ExecutionOption(
        "managed_metadata",
        "a metadata store of the orchestrator's own",
        lambda plan: (("metadata",),) if isinstance(plan.metadata, ManagedMetadata) else (),
    ),
    ExecutionOption(ON_EXIT, "a node that runs on exit", _on_exit),
    ExecutionOption(RUN_DATE, "`run.date`", _run_date, is_reference=True),
)

EXECUTION_OPTIONS: Mapping[str, ExecutionOption] = MappingProxyType(
    {option.name: option for option in _OPTIONS}
)
"""name → option"""
