"""Plan + run → a TFX Pipeline object, built with TFX's own constructors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from google.protobuf.message import Message
from tfx import version as tfx_version
from tfx.dsl.components.base import base_component, base_node
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec, ExecutorClassSpec
from tfx.dsl.components.common import importer, resolver
from tfx.dsl.experimental.conditionals import conditional
from tfx.orchestration import pipeline as tfx_pipeline
from tfx.types import channel as tfx_channel
from tfx.types import standard_component_specs

from tfxc.backends.launcher.build import modules, protos, runners
from tfxc.backends.launcher.build.arguments import argument_value
from tfxc.backends.launcher.build.artifact_values import Known, argument_with_values, with_samples
from tfxc.backends.launcher.build.artifacts import load_class
from tfxc.backends.launcher.build.conditions import predicate_of
from tfxc.backends.launcher.build.containers import container_node
from tfxc.backends.launcher.build.names_in_tfx import name_to_build_with
from tfxc.backends.launcher.build.python_components import own_module, python_component
from tfxc.backends.launcher.build.queries import query_channel
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.components import find_component_model, in_place_of_module_file, inputs_that_may_be_empty
from tfxc.schemas.components.base import ExecutorComponent
from tfxc.schemas.components.markers import FunctionOfModule
from tfxc.schemas.components.nodes import strategy_config
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import (
    ContainerComponent,
    ImporterComponent,
    Plan,
    PlanChannel,
    PlanNode,
    PythonComponent,
    ResolverComponent,
    StandardComponent,
)
from tfxc.schemas.protos.base import message_fields
from tfxc.schemas.tfx_lines import line_of

PACKAGING_SWITCH = "UNSUPPORTED_DO_NOT_PACKAGE_USER_MODULES"
"""TFX's own environment variable: set, it builds no wheel of a module_file."""


class NodeBuildError(Exception):
    """A node could not be built because of an exception in the user's code or in TFX, its cause."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


@dataclass(frozen=True)
class Built:
    """A TFX pipeline, and the nodes whose condition is false whatever the artifacts say."""

    pipeline: tfx_pipeline.Pipeline
    never: tuple[str, ...]


def build_pipeline(plan: Plan, context: RunContext, values: Values, pipeline_root: str) -> Built:
    """Returns the TFX pipeline of a Plan.

    Imports the modules of custom components. Raises Failure for what is known to be wrong, and
    NodeBuildError for what TFX or the user's code raises.
    """
    _require_version(plan)
    given, values = frozenset(values.artifacts), with_samples(plan, values)
    nodes: dict[str, base_node.BaseNode] = {}
    channels: dict[tuple[str, str], tfx_channel.BaseChannel] = {}
    never: list[str] = []
    for node in plan.nodes:
        condition = contextlib.nullcontext()
        if node.when is not None:
            known = predicate_of(node.when, channels, values, f"{node.id}.when")
            if known is False:
                never.append(node.id)
            elif known is not True:
                condition = conditional.Cond(known)
        with condition:
            built = _build_node(plan, node, context, values, channels, given)
        nodes[node.id] = built
        for key, output in built.outputs.items():
            channels[node.id, key] = output
        for upstream in node.upstream:
            built.add_upstream_node(nodes[upstream])
    pipeline = tfx_pipeline.Pipeline(
        pipeline_name=name_to_build_with(plan),
        pipeline_root=pipeline_root,
        components=list(nodes.values()),
        enable_cache=True,
    )
    return Built(pipeline=pipeline, never=tuple(never))


def _require_version(plan: Plan) -> None:
    """Raises Failure if the Plan was made for another line of TFX's versions than the one here."""
    if plan.tfx is not None and line_of(tfx_version.__version__) != plan.tfx:
        raise Failure(
            f"this pipeline was compiled for TFX {plan.tfx}, and here is TFX {tfx_version.__version__}: run "
            "it where that one is installed, or compile it for this one."
        )


def beam_arguments(plan: Plan, node: PlanNode, values: Values) -> list[str]:
    """Returns a node's Beam arguments, its own or else the pipeline's, with the runner explicit."""
    own = node.execution.beam_pipeline_args
    given = plan.beam_pipeline_args if own is None else own
    where = "beam_pipeline_args" if own is None else f"{node.id}.execution.beam_pipeline_args"
    return runners.with_runner([str(resolve(each, values, where)) for each in given])


def _build_node(
    plan: Plan,
    node: PlanNode,
    context: RunContext,
    values: Values,
    channels: Mapping[tuple[str, str], tfx_channel.BaseChannel],
    known: Known,
) -> base_node.BaseNode:
    """Returns one node. Raises Failure, or NodeBuildError for what TFX or the user's code raises."""
    arguments: dict[str, Any] = {}
    for key, argument in node.arguments.items():
        placeholder = argument_with_values(plan, node, key, channels, values, known)
        arguments[key] = (
            argument_value(argument, values, f"{node.id}.{key}") if placeholder is None else placeholder
        )
    inputs = {key: _input_channel(plan, node, key, channels) for key in node.inputs}
    for key in inputs_that_may_be_empty(node.component.type) & inputs.keys():
        inputs[key] = inputs[key].as_optional()
    try:
        if isinstance(node.component, ResolverComponent):
            built = _resolver(plan, node, node.component, context, inputs, values)
        elif isinstance(node.component, ImporterComponent):
            built = importer.Importer(**arguments)
        elif isinstance(node.component, PythonComponent):
            built = python_component(plan, node, node.component, context, {**inputs, **arguments})
        elif isinstance(node.component, ContainerComponent):
            built = container_node(node, node.component, inputs, arguments, values)
        else:
            built = _standard_component(plan, node, node.component, context, values, {**inputs, **arguments})
    except Failure as failure:
        if str(failure).startswith(node.id):
            raise
        raise Failure(f"`{node.id}` cannot be built: {failure}") from None
    except Exception as error:
        raise NodeBuildError(node.id) from error
    if isinstance(built, BaseBeamComponent) and isinstance(built.executor_spec, BeamExecutorSpec):
        built.with_beam_pipeline_args(beam_arguments(plan, node, values))
    return built.with_id(node.id_in_tfx)


def _input_channel(
    plan: Plan, node: PlanNode, key: str, channels: Mapping[tuple[str, str], tfx_channel.BaseChannel]
) -> tfx_channel.BaseChannel:
    """Returns the channel of an input; of several, their union."""
    found = []
    for source in node.inputs[key]:
        if isinstance(source, PlanChannel):
            channel = channels.get((source.node, source.output))
            if channel is None:
                raise Failure(f"{node.id}.{key} reads `{source.node}.{source.output}`, which is no output.")
        else:
            channel = query_channel(plan, source)
        found.append(channel)
    return found[0] if len(found) == 1 else tfx_channel.union(found)


def _standard_component(
    plan: Plan,
    node: PlanNode,
    component: StandardComponent,
    context: RunContext,
    values: Values,
    arguments: dict[str, Any],
) -> base_component.BaseComponent:
    """Returns a component of TFX's own.

    For workers in this environment its module is recorded by import name: no wheel is built, and
    nothing that is recorded names this machine. For workers elsewhere TFX packages it.
    """
    cls = load_class(component.class_path)
    names_function = in_place_of_module_file(component.type) & node.arguments.keys()
    if node.module is None or names_function or _names_function_of_module(component):
        plain: base_component.BaseComponent = cls(**arguments)
        return _with_executor(plan, plain, component, context)
    folder = modules.source_folder(plan, node.module, context)
    if folder is None:
        # An installed module: TFX takes any non-empty file name here, and the import name below.
        file = node.module.import_name.replace(".", "/") + ".py"
    else:
        file = str((folder / Path(*node.module.import_name.split("."))).with_suffix(".py").resolve())
    elsewhere = _runs_elsewhere(component) or not runners.runs_in_process(beam_arguments(plan, node, values))
    package = folder is not None and elsewhere
    with _packaging(package):
        built: base_component.BaseComponent = cls(module_file=file, **arguments)
    if not package:
        properties = built.spec.exec_properties
        properties[standard_component_specs.MODULE_FILE_KEY] = None
        properties[standard_component_specs.MODULE_PATH_KEY] = node.module.import_name
    return _with_executor(plan, built, component, context)


def _names_function_of_module(component: StandardComponent) -> bool:
    """Whether the Plan has a function of the module as an argument, by its import path."""
    model = find_component_model(component.type)
    fields = model.model_fields.values() if model is not None else ()
    return any(isinstance(mark, FunctionOfModule) for field in fields for mark in field.metadata)


def _runs_elsewhere(component: StandardComponent) -> bool:
    """Whether the user's module runs on the machines of a service."""
    model = find_component_model(component.type)
    return model is not None and issubclass(model, ExecutorComponent) and model.runs_elsewhere


def _with_executor(
    plan: Plan, built: base_component.BaseComponent, component: StandardComponent, context: RunContext
) -> base_component.BaseComponent:
    """Returns a component with the executor that the Plan puts in the place of its own, if it does.

    What TFX's ``custom_executor_spec`` does, which not all of its components take.
    """
    if component.executor is None:
        return built
    module, name = component.executor.module, component.executor.class_name
    folder = modules.source_folder(plan, module, context)
    modules.check_name_is_free(module, folder)
    with modules.importable(folder):
        executor = modules.load_attribute(module, name)
        if not (isinstance(executor, type) and issubclass(executor, BaseExecutor)):
            raise Failure(f"`{module.import_name}.{name}` is no executor: derive it from BaseExecutor.")
        is_beam = issubclass(executor, BaseBeamExecutor)
        built.executor_spec = BeamExecutorSpec(executor) if is_beam else ExecutorClassSpec(executor)
        _ = built.executor_spec.class_path  # read while the module can be imported from this folder
    return built


@contextlib.contextmanager
def _packaging(wanted: bool) -> Any:
    """Sets TFX's switch for building wheels while a component is constructed."""
    before = os.environ.pop(PACKAGING_SWITCH, None)
    if not wanted:
        os.environ[PACKAGING_SWITCH] = "1"
    try:
        yield
    finally:
        os.environ.pop(PACKAGING_SWITCH, None)
        if before is not None:
            os.environ[PACKAGING_SWITCH] = before


def _resolver(
    plan: Plan,
    node: PlanNode,
    component: ResolverComponent,
    context: RunContext,
    inputs: Mapping[str, tfx_channel.BaseChannel],
    values: Values,
) -> resolver.Resolver:
    """Returns a Resolver, importing its strategy if that is the user's. Raises Failure if it is none."""
    config: Optional[dict[str, Any]] = resolve(component.config, values, f"{node.id}.config") or None
    for key, message in message_fields(strategy_config(component.strategy_class)).items():
        if config is not None and key in config and not isinstance(config[key], Message):
            where = f"{node.id}.config.{key}"
            config[key] = protos.parse(message.proto, config[key], where, message.proto_module())
    if component.module is None:
        strategy = load_class(component.strategy_class)
        return resolver.Resolver(strategy_class=strategy, config=config, **inputs)
    with own_module(plan, component.module, context):
        strategy = load_class(component.strategy_class)
        if not issubclass(strategy, resolver.ResolverStrategy):
            raise Failure(f"`{component.strategy_class}` is no strategy: derive it from ResolverStrategy.")
        return resolver.Resolver(strategy_class=strategy, config=config, **inputs)
