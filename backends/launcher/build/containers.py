"""A container of the Plan → a TFX component, as ``create_container_component`` makes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfx.dsl.component.experimental import container_component, executor_specs, placeholders
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.types import channel

from tfxc.backends.launcher.build.artifacts import artifact_class
from tfxc.backends.launcher.protocol.values import Values, reference_value, resolve, text
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import ContainerComponent, PlanNode
from tfxc.schemas.plan_values import Fold, fold


def container_node(
    node: PlanNode,
    component: ContainerComponent,
    inputs: Mapping[str, channel.BaseChannel],
    arguments: Mapping[str, Any],
    values: Values,
) -> BaseComponent:
    """Returns the component of one container, whose class is called like the node. Raises Failure."""
    command, args = (
        [_argument(each, values, f"{node.id}.{key}[{index}]") for index, each in enumerate(texts)]
        for key, texts in (("command", component.command), ("args", component.args))
    )
    image = text(resolve(component.image, values, f"{node.id}.image"))
    factory: Any = container_component.create_container_component(
        name=node.id,
        image=image,
        command=command,
        inputs={name: each.type for name, each in inputs.items()},
        outputs={name: artifact_class(type_name) for name, type_name in node.outputs.items()},
        parameters={name: _parameter_type(value) for name, value in arguments.items()},
    )
    built: BaseComponent = factory(**inputs, **arguments)
    if args:
        # TFX's function has no arguments beside the command; what it makes has.
        built.executor_spec = executor_specs.TemplatedExecutorContainerSpec(image, command, args)
    return built


def _parameter_type(value: Any) -> type[Any]:
    if not isinstance(value, (bool, int, float, str)):
        raise Failure(f"a parameter of a container is a number, a text, true or false, not {value!r}.")
    return type(value)


def _argument(value: Any, values: Values, where: str) -> Any:
    """Returns one argument of a command: a text, or TFX's placeholder for what only the driver knows."""
    return fold(value, _in_command(values, where))


def _in_command(values: Values, where: str) -> Fold[Any]:
    def refused(*_: Any) -> Any:
        raise Failure(f"{where} must be a text.")

    return Fold(
        plain=lambda plain, place: text(plain),
        reference=lambda target, place: text(reference_value(target, values, where)),
        concatenation=lambda parts, place: _joined(parts),
        path=refused,
        mapping=refused,
        sequence=refused,
        artifact_value=refused,
        container_input=lambda name, place: _input(name),
        container_output=lambda name, place: placeholders.OutputUriPlaceholder(name.rpartition(".")[0]),
    )


def _input(name: str) -> Any:
    of, _, field = name.rpartition(".")
    return (
        placeholders.InputValuePlaceholder(of) if field == "value" else placeholders.InputUriPlaceholder(of)
    )


def _joined(parts: list[Any]) -> Any:
    """Returns the parts as one text if all are known, else TFX's placeholder of them joined."""
    joined: list[Any] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return joined[0] if len(joined) == 1 else placeholders.ConcatPlaceholder(joined)
