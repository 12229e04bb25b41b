"""Components of a document → the Plan's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FolderPath
from typing import Any, Union

from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.lower.conditions import lower_condition
from tfxc.compiler.lower.modules import ModuleFolders
from tfxc.compiler.lower.values import ValueLowering, without_nulls
from tfxc.compiler.models.markers import marker_of, model_shapes
from tfxc.compiler.pipeline.expand import Expansion, Instance
from tfxc.compiler.pipeline.graph import topological_order
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.compiler.pipeline.model import CHANNEL, Node, Pipeline
from tfxc.compiler.python.components import import_root
from tfxc.compiler.python.types import coerced
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import (
    ArtifactTypeName,
    ExecutionProperty,
    FilledInByExecutor,
    ModuleFile,
    StatsOptionsJson,
)
from tfxc.schemas.plan import (
    Accelerator,
    ImporterComponent,
    PlanArgument,
    PlanChannel,
    PlanComponent,
    PlanExecution,
    PlanModule,
    PlanNode,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
    Resources,
    StandardComponent,
)
from tfxc.schemas.protos.base import Message, ProtoModel
from tfxc.schemas.quantities import parse_duration, parse_memory

_RESOLVER_KEYS = frozenset({"strategy_class", "config"})


def lower_nodes(expansion: Expansion, values: ValueLowering, folders: ModuleFolders) -> tuple[PlanNode, ...]:
    """Returns the nodes in topological order, ties in the document's; an ``on_exit`` node is last."""
    instances = {instance.id: instance for instance in expansion.instances}
    order = topological_order(tuple(instances), {each.id: each.upstream for each in expansion.instances})
    on_exit = expansion.on_exit
    if on_exit in order:
        order = (*(name for name in order if name != on_exit), on_exit)
    position = {name: index for index, name in enumerate(order)}
    return tuple(
        _node(
            expansion.pipeline,
            instances[name],
            tuple(sorted(instances[name].upstream, key=position.__getitem__)),
            values,
            folders,
        )
        for name in order
    )


def _node(
    pipeline: Pipeline,
    instance: Instance,
    upstream: tuple[str, ...],
    values: ValueLowering,
    folders: ModuleFolders,
) -> PlanNode:
    node = instance.node
    interface = node.interface
    assert interface is not None  # noqa: S101  the checks have looked
    given = without_nulls(node.values)
    condition = pipeline.conditions.get(node.id)
    return PlanNode(
        id=instance.id,
        label=instance.label,
        origin=instance.origin,
        group=instance.group,
        description=given.get("description", ""),
        component=_component(node, interface, given, values, folders),
        inputs={
            name: _sources(given[name], pipeline, not each.required)
            for name, each in interface.inputs.items()
            if name in given
        },
        arguments=_arguments(node, interface, given, values),
        outputs={key: type_ for key, type_ in interface.outputs.items() if type_ is not None},
        module=_module_file(pipeline, node, interface, given, folders),
        when=None
        if condition is None or isinstance(condition, ConditionError)
        else lower_condition(condition, pipeline),
        upstream=upstream,
        execution=_execution(interface, given, values),
    )


def _execution(interface: Interface, given: Mapping[str, Any], values: ValueLowering) -> PlanExecution:
    lowered = lower_execution(given.get("execution") or {}, values)
    if interface.model is not None and not interface.model.cached:
        return lowered.model_copy(update={"cache": False})
    return lowered


def _component(
    node: Node, interface: Interface, given: Mapping[str, Any], values: ValueLowering, folders: ModuleFolders
) -> PlanComponent:
    if interface.python is not None:
        location = interface.python.location
        return PythonComponent(
            type=interface.type_name,
            module=folders.add(location.folder, location.import_name),
            function=interface.python.name,
        )
    model = interface.model
    assert model is not None  # noqa: S101  an interface has one of the two
    if model.kind == "resolver":
        from tfxc.schemas.components.nodes import STRATEGY_CLASSES

        return ResolverComponent(
            strategy_class=STRATEGY_CLASSES[given["strategy_class"]],
            config=values.value(given.get("config") or {}, (*node.path, "config")),
        )
    if model.kind == "importer":
        return ImporterComponent()
    return StandardComponent(type=interface.type_name, class_path=model.class_path)


def _sources(value: Any, pipeline: Pipeline, optional: bool) -> tuple[Union[PlanChannel, PlanQuery], ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(_source(item, pipeline, optional) for item in items)


def _source(item: Any, pipeline: Pipeline, optional: bool) -> Union[PlanChannel, PlanQuery]:
    if isinstance(item, dict):
        return PlanQuery(artifact_type=item["artifact_type"])
    match = CHANNEL.fullmatch(item)
    assert match is not None  # noqa: S101  the checks have looked
    node, output = match.groups()
    artifact_type = pipeline.artifact_type(node, output) or ""
    return PlanChannel(node=node, output=output, artifact_type=artifact_type, optional=optional)


def _arguments(
    node: Node, interface: Interface, given: Mapping[str, Any], values: ValueLowering
) -> dict[str, PlanArgument]:
    skipped = COMMON_KEYS | interface.inputs.keys()
    names = [name for name in given if name not in skipped]
    if interface.python is not None:
        parameters = interface.python.parameters
        arguments = {}
        for name in names:
            value = values.value(given[name], (*node.path, name))
            type_ = parameters[name].type if name in parameters else None
            arguments[name] = PlanArgument(
                execution_property=name, value=coerced(type_, value) if type_ is not None else value
            )
        return arguments
    model = interface.model
    assert model is not None  # noqa: S101  an interface has one of the two
    if model.kind == "resolver":
        names = [name for name in names if name not in _RESOLVER_KEYS]
    shapes = model_shapes(model)
    return {
        name: _argument(model, name, values.value(given[name], (*node.path, name), shapes[name]))
        for name in names
        if marker_of(model, name, ModuleFile) is None
    }


def _argument(model: type[Component], name: str, value: Any) -> PlanArgument:
    message = marker_of(model, name, Message)
    kept = marker_of(model, name, ExecutionProperty)
    execution_property = kept.name if kept is not None else name
    if marker_of(model, name, StatsOptionsJson) is not None:
        return PlanArgument(kind="stats_options", execution_property=execution_property, value=value)
    if message is not None and issubclass(message.model, ProtoModel):
        return PlanArgument(
            kind="proto",
            proto=message.model.proto,
            proto_module=message.model.proto_module(),
            execution_property=execution_property,
            value=value,
        )
    if marker_of(model, name, ArtifactTypeName) is not None:
        return PlanArgument(kind="artifact_type", execution_property=execution_property, value=value)
    if marker_of(model, name, FilledInByExecutor) is not None:
        return PlanArgument(kind="symbolic", execution_property=execution_property, value=value)
    return PlanArgument(execution_property=execution_property, value=value)


def _module_file(
    pipeline: Pipeline, node: Node, interface: Interface, given: Mapping[str, Any], folders: ModuleFolders
) -> PlanModule | None:
    if interface.model is None:
        return None
    for name in given:
        if marker_of(interface.model, name, ModuleFile) is not None:
            path: FolderPath = pipeline.loaded.origin_of((*node.path, name)) / given[name]
            folder, import_name = import_root(path, pipeline.reader.finder.read(path), pipeline.loaded.files)
            return folders.add(folder, import_name)
    return None


def lower_execution(execution: Mapping[str, Any], values: ValueLowering) -> PlanExecution:
    """Returns how a node is run, durations in seconds and memory in bytes."""
    given = without_nulls(execution)
    resources = without_nulls(given.pop("resources", {}))
    lowered: dict[str, Any] = dict(given)
    for key in ("retry_delay", "timeout"):
        if key in given:
            lowered[key] = parse_duration(given[key])
    if "beam_pipeline_args" in given:
        lowered["beam_pipeline_args"] = tuple(
            values.text(argument) for argument in given["beam_pipeline_args"]
        )
    if "env" in given:
        lowered["env"] = {name: values.text(value) for name, value in given["env"].items()}
    if resources:
        accelerator = resources.get("accelerator")
        lowered["resources"] = Resources(
            cpu=resources.get("cpu"),
            memory=parse_memory(resources["memory"]) if "memory" in resources else None,
            accelerator=Accelerator(**without_nulls(accelerator)) if accelerator is not None else None,
        )
    return PlanExecution(**lowered)
