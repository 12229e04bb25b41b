"""A Plan's node → the statements that make it in TFX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from tfxc.compiler.ejecting.conditions import predicate
from tfxc.compiler.ejecting.expressions import Call, Code, Expression, written
from tfxc.compiler.ejecting.imports import Imports
from tfxc.compiler.ejecting.values import NotPlainError, Values
from tfxc.compiler.models.markers import marked_keys, model_shapes
from tfxc.schemas.components import find_component_model, in_place_of_module_file, inputs_that_may_be_empty
from tfxc.schemas.components.markers import FunctionOfModule
from tfxc.schemas.components.nodes import STRATEGY_CONFIGS, strategy_config
from tfxc.schemas.plan import (
    ContainerComponent,
    ImporterComponent,
    Plan,
    PlanModule,
    PlanNode,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
    StandardComponent,
)
from tfxc.schemas.plan_graph import nodes_read
from tfxc.schemas.plan_values import form_of
from tfxc.schemas.protos.base import message_fields

_INDENT = "    "
_PLACEHOLDERS = "tfx.dsl.component.experimental.placeholders"
_BEAM_EXECUTORS = ("ExampleGen",)


class Nodes:
    """Writes nodes. ``folders`` are the Plan's module folders → where their files lie beside the program."""

    def __init__(
        self, plan: Plan, values: Values, imports: Imports, variables: Mapping[str, str], folders: list[str]
    ) -> None:
        self._plan, self._values, self._imports = plan, values, imports
        self._variables, self._folders = variables, folders
        self.notes: list[str] = []

    def statements(self, node: PlanNode) -> list[str]:
        """Returns the lines that make a node. Raises NotPlainError."""
        variable = self._variables[node.id]
        call = self._call(node)
        made = Call(call.function, call.arguments, call.named, f'.with_id("{node.id_in_tfx}")')
        if node.execution.beam_pipeline_args is not None:
            beam = self._values.value(list(node.execution.beam_pipeline_args))
            made = Call(made.function, made.arguments, made.named, f"{made.after}{_with_beam(beam)}")
        indent = _INDENT
        lines = []
        condition = self._condition(node)
        if condition is not None:
            cond = self._imports.name("tfx.dsl.experimental.conditionals.conditional", "Cond")
            lines.append(indent + written(Call(cond, (Code(condition),)), "with ", indent) + ":")
            indent += _INDENT
        lines.append(indent + written(made, f"{variable} = ", indent))
        lines += [f"{_INDENT}{each}" for each in self._after(node, variable)]
        return lines

    def _condition(self, node: PlanNode) -> str | None:
        """Returns a node's condition; None if it has none, or one that TFX does not have, which is noted."""
        if node.when is None:
            return None
        try:
            return predicate(node.when, self._values, self._imports)
        except NotPlainError as reason:
            self.notes.append(f"{node.id} runs whatever comes: {reason}")
            return None

    def _after(self, node: PlanNode, variable: str) -> Iterator[str]:
        """Yields what is said of a node once it is there: its executor, and what it waits for."""
        component = node.component
        if isinstance(component, StandardComponent) and component.executor is not None:
            executor = component.executor
            specs = self._imports.module("tfx.dsl.components.base.executor_spec")
            is_beam = component.type.endswith(_BEAM_EXECUTORS)
            kind = "BeamExecutorSpec" if is_beam else "ExecutorClassSpec"
            class_name = f"{self._module(executor.module)}.{executor.class_name}"
            yield f"{variable}.executor_spec = {specs}.{kind}({class_name})"
        if isinstance(component, ContainerComponent) and component.args:
            specs = self._imports.module("tfx.dsl.component.experimental.executor_specs")
            image, command, arguments = (
                written(each)
                for each in (
                    self._values.value(component.image),
                    [self._in_command(each) for each in component.command],
                    [self._in_command(each) for each in component.args],
                )
            )
            made = f"{specs}.TemplatedExecutorContainerSpec({image}, {command}, {arguments})"
            yield f"{variable}.executor_spec = {made}"
        read = nodes_read(node)
        for waited in node.upstream:
            if waited not in read and waited in self._variables:
                yield f"{variable}.add_upstream_node({self._variables[waited]})"

    def _call(self, node: PlanNode) -> Call:
        component = node.component
        inputs = [(key, self._input(node, key)) for key in node.inputs]
        if isinstance(component, ResolverComponent):
            return self._resolver(node, component, inputs)
        model = find_component_model(component.type)
        shapes = model_shapes(model) if model is not None else {}
        arguments = [
            (key, self._values.argument(argument, shapes.get(key)))
            for key, argument in node.arguments.items()
        ]
        if isinstance(component, ImporterComponent):
            importer = self._imports.name("tfx.dsl.components.common.importer", "Importer")
            return Call(importer, (), tuple(arguments))
        if isinstance(component, ContainerComponent):
            return self._container(node, component, inputs, arguments)
        if isinstance(component, PythonComponent):
            function = f"{self._module(component.module)}.{component.function}"
            if component.final_status is not None:
                arguments.append((component.final_status, ""))
            return Call(function, (), (*inputs, *arguments))
        if component.engine is not None or component.class_path.startswith("tfxc."):
            raise NotPlainError(f"{component.engine or component.type} is tfxc's own")
        module, _, class_name = component.class_path.partition(":")
        if node.module is not None and model is not None:
            named = in_place_of_module_file(component.type) & node.arguments.keys()
            if not named and not marked_keys(model, FunctionOfModule):
                arguments.insert(0, ("module_file", self._module_file(node.module)))
            for key in marked_keys(model, FunctionOfModule):
                arguments = [(k, v) for k, v in arguments if k != key]
                arguments.append((key, str(node.arguments[key].value).rpartition(".")[2]))
                arguments.append(("module_file", self._module_file(node.module)))
        return Call(self._imports.name(module, class_name), (), (*inputs, *arguments))

    def _input(self, node: PlanNode, key: str) -> Expression:
        """Returns the channel of an input; of several, their union. Raises NotPlainError."""
        found: list[Call | Code] = []
        for source in node.inputs[key]:
            if isinstance(source, PlanQuery):
                found.append(self._query(source))
            else:
                found.append(Code(self._values.channel(source.node, source.output)))
        after = ".as_optional()" if key in inputs_that_may_be_empty(node.component.type) else ""
        if len(found) > 1:
            union = f"{self._imports.module('tfx.types.channel')}.union"
            return Call(union, (found,), after=after)
        only = found[0]
        return replace(only, after=only.after + after) if isinstance(only, Call) else Code(only.text + after)

    def _query(self, query: PlanQuery) -> Call:
        if query.properties or query.custom_properties:
            raise NotPlainError("a query by properties is tfxc's own")
        kind = self._values.artifact_type(query.artifact_type)
        if query.pipeline is not None:
            channel = self._imports.module("tfx.types.channel")
            named: tuple[tuple[str, Expression], ...] = (
                ("owner", ""),
                ("pipeline_name", query.pipeline),
                ("producer_component_id", query.producer or ""),
                ("output_key", query.output or ""),
            )
            return Call(f"{channel}.ExternalPipelineChannel", (kind,), named)
        ids = {node.id: node.id_in_tfx for node in self._plan.nodes}
        producer = ids.get(query.producer, query.producer) if query.producer else None
        given = (("producer_component_id", producer), ("output_key", query.output))
        utils = self._imports.module("tfx.types.channel_utils")
        return Call(f"{utils}.artifact_query", (kind,), tuple(each for each in given if each[1] is not None))

    def _resolver(
        self, node: PlanNode, component: ResolverComponent, inputs: list[tuple[str, Expression]]
    ) -> Call:
        module, _, class_name = component.strategy_class.partition(":")
        if component.module is not None:
            strategy = f"{self._module(component.module)}.{class_name}"
        else:
            strategy = self._imports.name(module, class_name)
        named: list[tuple[str, Expression]] = [("strategy_class", Code(strategy))]
        if component.config:
            messages = message_fields(strategy_config(component.strategy_class))
            shapes = model_shapes(STRATEGY_CONFIGS[class_name]) if class_name in STRATEGY_CONFIGS else {}
            config: dict[str, Expression] = {}
            for key, value in component.config.items():
                if key in messages:
                    message = messages[key]
                    config[key] = self._values.message(
                        message.proto, message.proto_module(), value, shapes.get(key)
                    )
                else:
                    config[key] = self._values.value(value)
            named.append(("config", config))
        resolver = self._imports.name("tfx.dsl.components.common.resolver", "Resolver")
        return Call(resolver, (), (*named, *inputs))

    def _container(
        self,
        node: PlanNode,
        component: ContainerComponent,
        inputs: list[tuple[str, Expression]],
        arguments: list[tuple[str, Any]],
    ) -> Call:
        types = {
            name: self._values.artifact_type(sources[0].artifact_type)
            for name, sources in node.inputs.items()
        }
        parameters = {
            key: Code(_type_of(argument.value, self._plan)) for key, argument in node.arguments.items()
        }
        named: tuple[tuple[str, Expression], ...] = (
            ("name", node.id),
            ("image", self._values.value(component.image)),
            ("command", [self._in_command(each) for each in component.command]),
            ("inputs", types),
            ("outputs", {name: self._values.artifact_type(kind) for name, kind in node.outputs.items()}),
            ("parameters", parameters),
        )
        create = self._imports.name(
            "tfx.dsl.component.experimental.container_component", "create_container_component"
        )
        made = written(Call(create, (), named), "", _INDENT)
        return Call(made, (), (*inputs, *arguments))

    def _in_command(self, value: Any) -> Expression:
        form, inner = form_of(value)
        if form not in ("container_input", "container_output", "concatenation"):
            return self._values.value(value)
        placeholders = self._imports.module(_PLACEHOLDERS)
        if form == "concatenation":
            parts = [self._in_command(part) for part in inner]
            if len(parts) == 1 and form_of(inner[0])[0] != "reference":
                return parts[0]
            if all(form_of(part)[0] in ("plain", "reference") for part in inner):
                return self._values.value(value)
            return Call(f"{placeholders}.ConcatPlaceholder", (parts,))
        name, _, field = inner.rpartition(".")
        kind = "OutputUri" if form == "container_output" else "InputValue" if field == "value" else "InputUri"
        return Call(f"{placeholders}.{kind}Placeholder", (name,))

    def _module(self, module: PlanModule) -> str:
        return self._imports.own(module.import_name) if module.folder is not None else self._installed(module)

    def _installed(self, module: PlanModule) -> str:
        return self._imports.module(module.import_name)

    def _module_file(self, module: PlanModule) -> Code:
        path = PurePosixPath(*module.import_name.split(".")).with_suffix(".py")
        if module.folder is None:
            return Code(f'"{path}"')
        folder = self._folders[module.folder]
        return Code(f'str(HERE / "{PurePosixPath(folder) / path}")')


def _with_beam(arguments: Expression) -> str:
    return f".with_beam_pipeline_args({written(arguments)})"


def _type_of(value: Any, plan: Plan) -> str:
    form, inner = form_of(value)
    if form == "reference":
        kinds = {f"parameters.{each.name}": each.type for each in plan.parameters}
        kind = kinds.get(inner, "str")
        return "str" if kind == "path" else kind
    return type(value).__name__ if form == "plain" else "str"
