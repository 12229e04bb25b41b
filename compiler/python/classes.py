"""TFX component classes of the user's, described from their source.

A class with ``SPEC_CLASS`` (``BaseComponent`` and its like), or one that extends a component of TFX's: the
inputs, outputs and properties are those of the spec class, and the arguments that a document may give are
the constructor's.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tfxc.compiler.models.markers import InputField, input_fields, keys_of
from tfxc.compiler.python.argument_types import read_argument_type
from tfxc.compiler.python.artifacts import tfx_name
from tfxc.compiler.python.constructors import (
    REST_TO_BASE,
    REST_TO_SPEC,
    Argument,
    Constructor,
    read_constructor,
)
from tfxc.compiler.python.description import (
    DECLARE,
    Location,
    ParameterField,
    PythonComponentDescription,
    PythonComponentError,
)
from tfxc.compiler.python.names import Local, UserModule, class_attribute, linearized, outside_bases, resolve
from tfxc.compiler.python.spec_classes import SpecTables, read_spec, standard_spec
from tfxc.schemas.artifacts import ANY_ARTIFACT
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.standard_component_specs import SPEC_OF_COMPONENT

_BASE_DRIVER = "tfx.dsl.components.base.base_driver.BaseDriver"
_PORTABLE_DRIVER = "tfx.orchestration.portable.base_driver.BaseDriver"
_CHANNELS = ("Channel", "BaseChannel", "OutputChannel", "UnionChannel")


@dataclass
class _Arguments:
    """What is collected of a class's arguments."""

    inputs: dict[str, InputField] = field(default_factory=dict)
    parameters: dict[str, ParameterField] = field(default_factory=dict)
    is_open: bool = False


def describe_class(
    type_name: str, name: str, location: Location, class_: ast.ClassDef, module: UserModule
) -> PythonComponentDescription:
    """Describes a component class. Raises PythonComponentError."""
    shown = location.file.name
    base = _standard_base(class_, module)
    attribute = class_attribute(class_, module, "SPEC_CLASS")
    spec = read_spec(resolve(*attribute), shown) if attribute is not None else None
    if attribute is None and base is not None:
        spec = standard_spec(SPEC_OF_COMPONENT[base])
    if spec is None:
        raise PythonComponentError(
            "M408",
            f"the class `{name}` in `{shown}` has no SPEC_CLASS that can be read",
            "a component class has a `SPEC_CLASS` of yours or of TFX's, or extends a component of TFX's",
            DECLARE,
        )
    extended = find_component_model(base) if base is not None and _is_core(class_, module) else None
    _check_driver(name, class_, module, shown)
    constructor = read_constructor(class_, module)
    if constructor is None:
        constructor = Constructor(rest=REST_TO_BASE if base is not None else REST_TO_SPEC)
    arguments = _Arguments()
    for argument in constructor.arguments.values():
        _argument(argument, spec, arguments)
    _rest(constructor, spec, extended, arguments)
    return PythonComponentDescription(
        type_name,
        name,
        location,
        arguments.inputs,
        {key: output.artifact_type for key, output in spec.outputs.items()},
        arguments.parameters,
        open_arguments=arguments.is_open,
        extends=extended if attribute is None else None,
    )


def _check_driver(name: str, class_: ast.ClassDef, module: UserModule, shown: str) -> None:
    """Raises PythonComponentError for a driver of the user's that TFX's launcher could not call."""
    attribute = class_attribute(class_, module, "DRIVER_CLASS")
    driver = resolve(*attribute) if attribute is not None else None
    if not isinstance(driver, Local) or not isinstance(driver.node, ast.ClassDef):
        return
    bases = set(outside_bases(driver.node, driver.module))
    if not bases <= {_BASE_DRIVER, _PORTABLE_DRIVER, "builtins.object", "abc.ABC"}:
        return
    has_run = any(
        isinstance(statement, ast.FunctionDef) and statement.name == "run"
        for inner, _ in linearized(driver.node, driver.module)
        for statement in inner.body
    )
    if not has_run or _BASE_DRIVER not in bases:
        lacks = "does not extend TFX's BaseDriver" if has_run else "has no `run`"
        raise PythonComponentError(
            "M409",
            f"TFX cannot run `{name}` (`{shown}`): its driver `{driver.node.name}` {lacks}",
            f"a driver extends `{_BASE_DRIVER}` and has the method `run(execution_info)`",
        )


def _standard_base(class_: ast.ClassDef, module: UserModule) -> str | None:
    """Returns the name of the component of TFX's that a class extends, or None."""
    for dotted in outside_bases(class_, module):
        name = dotted.rpartition(".")[2]
        if dotted.startswith("tfx.") and name in SPEC_OF_COMPONENT:
            return name
    return None


def _is_core(class_: ast.ClassDef, module: UserModule) -> bool:
    """Whether a class extends one of TFX's core: those of its extensions take other arguments."""
    return not any(".extensions." in dotted for dotted in outside_bases(class_, module))


def _argument(argument: Argument, spec: SpecTables, arguments: _Arguments) -> None:
    """Adds an argument of the constructor, by what it is passed as, else by its own name."""
    name = argument.name
    key = argument.key if argument.key is not None else name
    required = not argument.has_default
    needed = argument.is_direct and argument.default_is_none  # None is passed on, and refused by the spec
    if key in spec.inputs:
        declared = spec.inputs[key]
        required = required or (needed and declared.required)
        arguments.inputs[name] = InputField(name, declared.artifact_type, required)
    elif key in spec.outputs:
        return  # a channel to write to, which TFX makes itself
    elif argument.annotation is not None and _mentions_channel(argument.annotation, argument.module):
        arguments.inputs[name] = InputField(name, ANY_ARTIFACT, required)
    else:
        of_spec = spec.parameters.get(key) if argument.is_direct else None
        type_ = of_spec.type if of_spec is not None else None
        if argument.annotation is not None:
            read = read_argument_type(argument.annotation, argument.module)
            type_ = read.without_none if read is not None else None
        required = required or (needed and of_spec is not None and of_spec.required)
        arguments.parameters[name] = ParameterField(name, type_, required)


def _rest(
    constructor: Constructor, spec: SpecTables, extended: type[Component] | None, arguments: _Arguments
) -> None:
    """Adds what ``**kwargs`` take, where it can be told who gets them."""
    if constructor.rest is None:
        return
    taken = {argument.key or argument.name for argument in constructor.arguments.values()}
    left_out = taken | constructor.given | constructor.arguments.keys()
    if constructor.rest == REST_TO_SPEC:
        arguments.inputs |= {key: each for key, each in spec.inputs.items() if key not in left_out}
        arguments.parameters |= {key: each for key, each in spec.parameters.items() if key not in left_out}
    elif constructor.rest == REST_TO_BASE and extended is not None:
        inputs = input_fields(extended)
        arguments.inputs |= {key: each for key, each in inputs.items() if key not in left_out}
        arguments.parameters |= {
            key: ParameterField(key, None, info.is_required())
            for key, info in keys_of(extended).items()
            if key not in left_out and key not in inputs and key not in COMMON_KEYS
        }
    else:
        arguments.is_open = True
        arguments.inputs |= {
            key: InputField(key, each.artifact_type, required=False)
            for key, each in spec.inputs.items()
            if key not in left_out
        }


def _mentions_channel(annotation: ast.expr, module: UserModule) -> bool:
    return any(
        tfx_name(node, module) in _CHANNELS
        for node in ast.walk(annotation)
        if isinstance(node, (ast.Name, ast.Attribute))
    )
