"""Components of a document → the Plan's nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.lower.components import lower_component, lower_module
from tfxc.compiler.lower.conditions import lower_condition, skipped_at_anomalies
from tfxc.compiler.lower.containers import container_arguments
from tfxc.compiler.lower.execution import execution_inside, execution_of
from tfxc.compiler.lower.included import Lowered, by_itself, inside, outputs_of, with_outputs_of_groups
from tfxc.compiler.lower.modules import ModuleFolders
from tfxc.compiler.lower.rewriting import read_nodes
from tfxc.compiler.lower.values import ValueLowering, of_nodes, without_nulls
from tfxc.compiler.models.markers import marked_keys, marker_of, model_shapes
from tfxc.compiler.pipeline.expand import (
    Expansion,
    Group,
    Instance,
    default_inputs,
    expand,
    given_outputs,
)
from tfxc.compiler.pipeline.graph import topological_order
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.python.types import coerced
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import (
    ArgumentOfTfxc,
    ArtifactTypeName,
    ExecutionKey,
    ExecutionProperty,
    ExecutorClass,
    FilledInByExecutor,
    FunctionOfModule,
    ModuleFile,
    StatsOptionsJson,
)
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.plan import (
    PlanArgument,
    PlanChannel,
    PlanModule,
    PlanNode,
    PlanQuery,
    StandardComponent,
)
from tfxc.schemas.protos.base import Message, ProtoModel, without_own_fields

_RESOLVER_KEYS = frozenset({"strategy_class", "config"})


def lower_nodes(
    expansion: Expansion, values: ValueLowering, folders: ModuleFolders
) -> tuple[tuple[PlanNode, ...], tuple[Group, ...]]:
    """Returns the nodes in topological order, ties in the document's, and their groups, each behind the one
    that it lies in; an ``on_exit`` node is last."""
    lowered = by_itself(_lowered(expansion, values, folders, {}))
    upstream = {each.id: {*each.upstream, *read_nodes(each)} for each in lowered.nodes}
    by_id = {each.id: each for each in lowered.nodes}
    order = topological_order(tuple(by_id), upstream)
    on_exit = expansion.on_exit
    if on_exit in order:
        order = (*(name for name in order if name != on_exit), on_exit)
    position = {name: index for index, name in enumerate(order)}
    nodes = {
        name: by_id[name].model_copy(
            update={"upstream": tuple(sorted(upstream[name], key=position.__getitem__))}
        )
        for name in order
    }
    guarded = tuple(
        node
        if node.id == on_exit or _acts_on_anomalies(node)
        else skipped_at_anomalies(node, [nodes[producer] for producer in node.upstream])
        for node in nodes.values()
    )
    return guarded, lowered.groups


def _lowered(
    expansion: Expansion, values: ValueLowering, folders: ModuleFolders, around: Mapping[str, Any]
) -> Lowered:
    """Returns the nodes of a document, those of the specs that it includes among them."""
    pipeline = expansion.pipeline
    nodes: list[PlanNode] = []
    groups: list[Group] = list(expansion.groups)
    included: dict[str, Lowered] = {}
    once: dict[str, tuple[Expansion, Lowered]] = {}
    for instance in expansion.instances:
        node = instance.node
        if not node.includes:
            nodes.append(_node(pipeline, instance, values, folders, around))
            continue
        if node.id not in once:
            inner = expand(pipeline.included[node.id])
            of_it = execution_inside(node, pipeline, around)
            once[node.id] = inner, _lowered(inner, values.of(inner.pipeline.loaded), folders, of_it)
        inner, lowered = once[node.id]
        group = inside(lowered, instance, pipeline, values, inner.on_exit)
        included[instance.id] = group
        nodes += group.nodes
        groups += group.groups
    outputs, defaults = outputs_of(given_outputs(pipeline)), outputs_of(default_inputs(pipeline))
    if not included:
        return Lowered(tuple(nodes), tuple(groups), outputs, defaults)
    rewritten, rewriting = with_outputs_of_groups(nodes, included)
    outputs, defaults = (
        {
            name: tuple(each for output in found for each in rewriting.outputs(output))
            for name, found in of.items()
        }
        for of in (outputs, defaults)
    )
    return Lowered(rewritten, tuple(groups), outputs, defaults)


def _node(
    pipeline: Pipeline,
    instance: Instance,
    values: ValueLowering,
    folders: ModuleFolders,
    around: Mapping[str, Any],
) -> PlanNode:
    """Returns an instance as a node whose ``upstream`` are only those that it waits for without reading."""
    node = instance.node
    interface = node.interface
    assert interface is not None  # noqa: S101  the checks have looked
    given = without_nulls(node.values)
    condition = pipeline.conditions.get(node.id)
    module = lower_module(pipeline, node, folders)
    return PlanNode(
        id=instance.id,
        label=instance.label,
        origin=instance.origin,
        tfx_id=given.get("tfx_id"),
        group=instance.group,
        description=given.get("description", ""),
        component=lower_component(pipeline, instance, given, values, folders, module),
        inputs={
            name: _sources(given[name], instance, pipeline, values, (*node.path, name), not each.required)
            for name, each in interface.inputs.items()
            if name in given
        },
        arguments={
            name: argument.model_copy(update={"value": of_nodes(argument.value, instance.producers)})
            for name, argument in _arguments(node, interface, given, values, module).items()
        },
        outputs={key: type_ for key, type_ in interface.outputs.items() if type_ is not None},
        module=module,
        when=None
        if condition is None or isinstance(condition, ConditionError)
        else lower_condition(condition, pipeline, instance),
        upstream=tuple(sorted(instance.awaited)),
        execution=execution_of(node, given, pipeline, values, around),
    )


def _sources(
    value: Any, instance: Instance, pipeline: Pipeline, values: ValueLowering, path: Path, optional: bool
) -> tuple[Union[PlanChannel, PlanQuery], ...]:
    if isinstance(value, dict):
        return (_query(without_nulls(value), instance, pipeline, values, path),)
    items = value if isinstance(value, list) else [value]
    return tuple(
        PlanChannel(
            node=source.node, output=source.output, artifact_type=source.artifact_type, optional=optional
        )
        for item in items
        for source in instance.sources[item]
    )


def _query(
    given: Mapping[str, Any], instance: Instance, pipeline: Pipeline, values: ValueLowering, path: Path
) -> PlanQuery:
    other = given.get("pipeline")
    is_own = other is None or pipeline.is_called(other)
    producer = given.get("producer")
    return PlanQuery(
        artifact_type=given["artifact_type"],
        pipeline=None if is_own else other,
        producer=instance.producers.get(producer, producer) if is_own and producer is not None else producer,
        output=given.get("output"),
        properties=values.value(given.get("properties") or {}, (*path, "properties")),
        custom_properties=values.value(given.get("custom_properties") or {}, (*path, "custom_properties")),
    )


def _arguments(
    node: Node,
    interface: Interface,
    given: Mapping[str, Any],
    values: ValueLowering,
    module: PlanModule | None,
) -> dict[str, PlanArgument]:
    skipped = COMMON_KEYS | interface.inputs.keys()
    names = [name for name in given if name not in skipped]
    if interface.python is not None:
        parameters = interface.python.parameters
        extends = interface.python.extends
        of_base = model_shapes(extends) if extends is not None else {}
        arguments = {}
        for name in names:
            value = values.value(given[name], (*node.path, name), of_base.get(name))
            type_ = parameters[name].type if name in parameters else None
            if extends is not None and type_ is None and name in of_base:
                arguments[name] = _argument(extends, name, value)
                continue
            arguments[name] = PlanArgument(
                execution_property=name, value=coerced(type_, value) if type_ is not None else value
            )
        return arguments
    model = interface.model
    assert model is not None  # noqa: S101  an interface has one of the two
    if model.kind == "container":
        return container_arguments(node, given, values)
    if model.kind == "resolver":
        names = [name for name in names if name not in _RESOLVER_KEYS]
    shapes = model_shapes(model)
    if module is not None and any(key in given for key in marked_keys(model, ModuleFile)):
        named = marked_keys(model, FunctionOfModule)
        given = {**given, **{key: f"{module.import_name}.{given[key]}" for key in named if key in given}}
    return {
        name: _argument(model, name, values.value(given[name], (*node.path, name), shapes[name]))
        for name in names
        if not any(
            marker_of(model, name, each) for each in (ModuleFile, ExecutorClass, ArgumentOfTfxc, ExecutionKey)
        )
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
            value=without_own_fields(message.model, value),
        )
    if marker_of(model, name, ArtifactTypeName) is not None:
        return PlanArgument(kind="artifact_type", execution_property=execution_property, value=value)
    if marker_of(model, name, FilledInByExecutor) is not None:
        return PlanArgument(kind="symbolic", execution_property=execution_property, value=value)
    return PlanArgument(execution_property=execution_property, value=value)


def _acts_on_anomalies(node: PlanNode) -> bool:
    component = node.component
    model = find_component_model(component.type) if isinstance(component, StandardComponent) else None
    return model is not None and model.acts_on_anomalies
