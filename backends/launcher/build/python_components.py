"""Components of the user's, functions and classes: from their modules to TFX's objects."""

from __future__ import annotations

import contextlib
import enum
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Union, cast, get_args, get_origin

from tfx.dsl.components.base import base_component
from tfx.types import channel as tfx_channel
from tfx.utils import name_utils

from tfxc.backends.launcher.build import modules
from tfxc.backends.launcher.build.arguments import as_declared
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanModule, PlanNode, PythonComponent


def python_component(
    plan: Plan, node: PlanNode, component: PythonComponent, context: RunContext, arguments: Mapping[str, Any]
) -> base_component.BaseComponent:
    """Returns a component of the user's, importing its module. Raises Failure if it is none."""
    with own_module(plan, component.module, context):
        factory = modules.load_attribute(component.module, component.function)
        if not (isinstance(factory, type) and issubclass(factory, base_component.BaseComponent)):
            raise Failure(
                f"`{component.module.import_name}.{component.function}` is no TFX component: "
                f"decorate the function with @component."
            )
        if component.final_status is not None:
            arguments = {**arguments, component.final_status: ""}  # known when the node runs
        built = _constructed(factory, arguments, node.id)
        # TFX reads the executor's import path when it compiles; it must do so while the module can
        # be imported from this folder.
        _ = built.executor_spec.class_path
        _ = name_utils.get_full_name(built.driver_class)
    return built


@contextlib.contextmanager
def own_module(plan: Plan, module: PlanModule, context: RunContext) -> Iterator[None]:
    """Makes a module of the user's importable, and no other of that name. Raises Failure if it is not there,
    or another package has its name."""
    folder = modules.source_folder(plan, module, context)
    if folder is not None:
        for other in range(len(plan.modules)):
            if other != module.folder:
                _forget_folder(plan, other, context)
    modules.check_name_is_free(module, folder)
    with modules.importable(folder):
        yield


def _constructed(
    factory: type[base_component.BaseComponent], arguments: Mapping[str, Any], where: str
) -> base_component.BaseComponent:
    """Returns a component that is given each argument as its constructor, or its spec class, declares it."""
    spec = cast(Any, factory).SPEC_CLASS
    declared = _constructor_types(factory)
    properties = {name: parameter.type for name, parameter in spec.PARAMETERS.items()}
    given = {
        name: _as_declared(declared.get(name, properties.get(name)), value, f"{where}.{name}")
        for name, value in arguments.items()
    }
    if factory.__init__ is not base_component.BaseComponent.__init__:
        return factory(**given)
    outputs = {key: tfx_channel.Channel(type=parameter.type) for key, parameter in spec.OUTPUTS.items()}
    return factory(spec(**given, **outputs))


def _constructor_types(factory: type[base_component.BaseComponent]) -> dict[str, Any]:
    """Returns the annotations of the arguments that a class's constructors declare, the class's own first.

    Those of a function's component are TFX's and say nothing. An annotation that cannot be evaluated is left
    out.
    """
    types: dict[str, Any] = {}
    for class_ in factory.__mro__:
        constructor = class_.__dict__.get("__init__")
        if class_ is base_component.BaseComponent or not inspect.isfunction(constructor):
            continue
        try:
            signature = inspect.signature(constructor, eval_str=True)
        except (NameError, TypeError, SyntaxError, AttributeError):
            signature = inspect.signature(constructor)
        for parameter in signature.parameters.values():
            annotation = parameter.annotation
            if annotation is not parameter.empty and not isinstance(annotation, str):
                types.setdefault(parameter.name, annotation)
        if not any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
            break
    return types


def _as_declared(declared: Any, value: Any, where: str) -> Any:
    """Returns a value as it is declared, a member of an Enum by its name or value. Raises Failure."""
    members = get_args(declared) if get_origin(declared) is Union else (declared,)
    for member in members:
        if isinstance(member, type) and issubclass(member, enum.Enum) and isinstance(value, (str, int)):
            return _member(member, value, where)
    return as_declared(declared, value, where)


def _member(declared: type[enum.Enum], value: Any, where: str) -> enum.Enum:
    if isinstance(value, str) and value in declared.__members__:
        return declared[value]
    try:
        return declared(value)
    except ValueError:
        listed = ", ".join(declared.__members__)
        raise Failure(f"{where} is one of {listed}, not {value!r}.") from None


def _forget_folder(plan: Plan, index: int, context: RunContext) -> None:
    """Forgets the modules that were imported from another of the Plan's folders."""
    for folder in (
        Path(context.modules_folder) / str(index),
        Path(context.base_folder) / plan.modules[index].source,
    ):
        modules.forget(folder)
