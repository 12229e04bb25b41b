"""TFX ``@component`` functions, described from their source.

Mirrors ``parse_typehint_component_function`` of ``tfx.dsl.component.experimental.function_parser``
and the checks of ``decorators.component``: what TFX would refuse when it imports the module is an
error here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfxc.compiler.models.markers import InputField
from tfxc.compiler.python.artifacts import artifact_type, tfx_name
from tfxc.compiler.python.description import (
    Location,
    ParameterField,
    PythonComponentDescription,
    PythonComponentError,
)
from tfxc.compiler.python.names import External, UserModule, resolve
from tfxc.compiler.python.parse import FunctionNode
from tfxc.compiler.python.returns import returned_fields, unquoted
from tfxc.compiler.python.types import VALUE_ARTIFACTS, ValueType, read_type

JSON_ARTIFACT = "JsonValue"
_NO_DEFAULT = object()
_UNKNOWN_DEFAULT = object()


@dataclass
class _Signature:
    """What is collected while a function's arguments are read."""

    inputs: dict[str, InputField] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, ParameterField] = field(default_factory=dict)
    json_inputs: dict[str, ValueType] = field(default_factory=dict)
    json_outputs: dict[str, ValueType] = field(default_factory=dict)
    beam_arguments: int = 0


def describe_function(
    type_name: str, name: str, location: Location, function: FunctionNode, module: UserModule
) -> PythonComponentDescription:
    """Describes a ``@component`` function. Raises PythonComponentError."""
    decorator = _component_decorator(function, module)
    if decorator is None:
        raise PythonComponentError(
            "M408",
            f"`{name}` in `{location.file.name}` is a function without TFX's `@component`",
            "decorate it with `@tfx.dsl.components.component`",
        )
    reader = _FunctionReader(name, function, module)
    signature = reader.read()
    uses_beam = _uses_beam(decorator)
    if uses_beam and signature.beam_arguments != 1:
        raise reader.refused(
            "`use_beam=True` needs one argument of type `BeamComponentParameter[beam.Pipeline]` with the "
            "default None"
        )
    return PythonComponentDescription(
        type_name,
        name,
        location,
        signature.inputs,
        signature.outputs,
        signature.parameters,
        signature.json_inputs,
        signature.json_outputs,
        uses_beam=uses_beam,
        is_exit_handler=_is_exit_handler(decorator, module),
    )


def _component_decorator(function: FunctionNode, module: UserModule) -> ast.expr | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if tfx_name(called, module) in ("component", "exit_handler"):
            return decorator
    return None


def _is_exit_handler(decorator: ast.expr, module: UserModule) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return tfx_name(called, module) == "exit_handler"


def _uses_beam(decorator: ast.expr) -> bool:
    if not isinstance(decorator, ast.Call):
        return False
    return any(
        keyword.arg == "use_beam" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for keyword in decorator.keywords
    )


class _FunctionReader:
    """Reads one function's arguments and return annotation."""

    def __init__(self, name: str, function: FunctionNode, module: UserModule) -> None:
        self._name = name
        self._function = function
        self._module = module
        self._signature = _Signature()

    def refused(self, reason: str, line: int | None = None) -> PythonComponentError:
        where = f"{self._module.source.path.name}:{line or self._function.lineno}"
        return PythonComponentError(
            "M409", f"TFX cannot take `{self._name}` ({where}) as a component: {reason}"
        )

    def read(self) -> _Signature:
        arguments = self._function.args
        if isinstance(self._function, ast.AsyncFunctionDef):
            raise self.refused("it is an `async` function")
        if arguments.vararg is not None or arguments.kwarg is not None:
            raise self.refused("`*args` and `**kwargs` are not supported")
        if arguments.posonlyargs:
            raise self.refused("it has positional-only arguments, and TFX passes them by name")
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is None:
                raise self.refused(f"TFX never passes the keyword-only argument `{argument.arg}`")
        if self._postponed_annotations():
            raise self.refused(
                "its module has `from __future__ import annotations`, which turns annotations into text"
            )
        for argument, value in self._arguments():
            self._argument(argument, value)
        if self._function.returns is not None:
            self._returns(self._function.returns)
        return self._signature

    def _postponed_annotations(self) -> bool:
        return any(
            isinstance(statement, ast.ImportFrom)
            and statement.module == "__future__"
            and any(alias.name == "annotations" for alias in statement.names)
            for statement in self._module.source.tree.body
        )

    def _arguments(self) -> Iterator[tuple[ast.arg, object]]:
        arguments = self._function.args
        plain = [_NO_DEFAULT] * (len(arguments.args) - len(arguments.defaults))
        defaults: list[object] = [*plain, *(_constant(default) for default in arguments.defaults)]
        yield from zip(arguments.args, defaults, strict=True)

    def _argument(self, argument: ast.arg, default: object) -> None:
        name, annotation = argument.arg, argument.annotation
        if annotation is None:
            raise self.refused(f"the argument `{name}` has no annotation", argument.lineno)
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            raise self.refused(
                f"the annotation of `{name}` is a string, which TFX does not read", argument.lineno
            )
        required = default is _NO_DEFAULT
        if isinstance(annotation, ast.Subscript):
            marker = tfx_name(annotation.value, self._module)
            if marker == "InputArtifact":
                self._input_artifact(argument, annotation.slice, default)
                return
            if marker == "OutputArtifact":
                self._output_artifact(argument, annotation.slice, required)
                return
            if marker == "Parameter":
                self._parameter(argument, annotation.slice, default)
                return
            if marker == "BeamComponentParameter":
                if default not in (None, _UNKNOWN_DEFAULT):
                    raise self.refused(f"the default of `{name}` must be None", argument.lineno)
                self._signature.beam_arguments += 1
                return
        self._value(argument, annotation, default)

    def _input_artifact(self, argument: ast.arg, inner: ast.expr, default: object) -> None:
        many = False
        if isinstance(inner, ast.Subscript):
            base = resolve(inner.value, self._module)
            if isinstance(base, External) and base.dotted in ("typing.List", "builtins.list"):
                inner, many = inner.slice, True
        if default not in (_NO_DEFAULT, _UNKNOWN_DEFAULT, None):
            raise self.refused(f"the default of the input `{argument.arg}` must be None", argument.lineno)
        self._signature.inputs[argument.arg] = InputField(
            argument.arg, self._artifact(argument, inner), default is _NO_DEFAULT, many
        )

    def _output_artifact(self, argument: ast.arg, inner: ast.expr, required: bool) -> None:
        if not required:
            raise self.refused(f"the output `{argument.arg}` cannot have a default", argument.lineno)
        self._signature.outputs[argument.arg] = self._artifact(argument, inner)

    def _artifact(self, argument: ast.arg, inner: ast.expr) -> str:
        name = artifact_type(inner, self._module)
        if name is None:
            raise self.refused(
                f"the artifact type of `{argument.arg}` is neither one of TFX's nor a class with a TYPE_NAME",
                argument.lineno,
            )
        return name

    def _parameter(self, argument: ast.arg, inner: ast.expr, default: object) -> None:
        name = argument.arg
        type_ = read_type(inner, self._module)
        if type_ is None and _may_be_proto(inner, self._module):
            self._signature.parameters[name] = ParameterField(name, None, default is _NO_DEFAULT)
            return
        if type_ is None or not (type_.kind in ("int", "float", "str", "bool") or type_.is_json):
            raise self.refused(
                f"`{name}` must be a Parameter of int, float, str, bool, List[…], Dict[str, …] or a proto",
                argument.lineno,
            )
        if type_.kind == "union":
            raise self.refused(
                f"write `{name}: Parameter[{type_.without_none}] = None`; TFX accepts no value for a union",
                argument.lineno,
            )
        if not _default_fits(type_, default):
            raise self.refused(
                f"the default of the parameter `{name}` must be None or of its type, {type_}", argument.lineno
            )
        self._signature.parameters[name] = ParameterField(name, type_, default is _NO_DEFAULT)

    def _value(self, argument: ast.arg, annotation: ast.expr, default: object) -> None:
        name = argument.arg
        type_ = read_type(annotation, self._module)
        if type_ is not None and type_.is_optional and type_.without_none.is_primitive:
            type_ = type_.without_none
        if type_ is None or not (type_.is_primitive or type_.is_json):
            raise self.refused(
                f"`{name}` must be an InputArtifact, an OutputArtifact, a Parameter or a plain value type",
                argument.lineno,
            )
        if type_.is_primitive:
            if not _default_fits(type_, default):
                raise self.refused(
                    f"the default of `{name}` must be None or of its type, {type_}", argument.lineno
                )
            artifact = VALUE_ARTIFACTS[type_.kind]
        else:
            artifact = JSON_ARTIFACT
            self._signature.json_inputs[name] = type_
        self._signature.inputs[name] = InputField(name, artifact, default is _NO_DEFAULT, many=False)

    def _returns(self, annotation: ast.expr) -> None:
        if isinstance(annotation, ast.Constant) and annotation.value is None:
            return
        fields = returned_fields(annotation, self._module)
        if fields is None:
            raise self.refused("it must return None or a TypedDict")
        for name, inner, module in fields:
            type_ = read_type(unquoted(inner), module)
            if type_ is not None and type_.is_optional and type_.without_none.is_primitive:
                type_ = type_.without_none
            if type_ is None or not (type_.is_primitive or type_.is_json):
                raise self.refused(f"the returned value `{name}` must be of a plain value type")
            if name in self._signature.inputs or name in self._signature.parameters:
                raise self.refused(f"`{name}` is an argument and a returned value")
            if type_.is_primitive:
                self._signature.outputs[name] = VALUE_ARTIFACTS[type_.kind]
            else:
                self._signature.outputs[name] = JSON_ARTIFACT
                self._signature.json_outputs[name] = type_


def _may_be_proto(expression: ast.expr, module: UserModule) -> bool:
    """Whether an expression may name a protobuf class: something of a package that is not read here."""
    meaning = resolve(expression, module)
    if isinstance(meaning, External):
        return not meaning.dotted.startswith(("builtins.", "typing."))
    return isinstance(expression, ast.Attribute) and ast.unparse(expression.value).endswith("_pb2")


def _constant(default: ast.expr) -> object:
    try:
        return ast.literal_eval(default)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return _UNKNOWN_DEFAULT


def _default_fits(type_: ValueType, default: object) -> bool:
    """Whether TFX takes a default: it asks ``isinstance(default, type)``, so 1 is no float."""
    if default is _NO_DEFAULT or default is _UNKNOWN_DEFAULT or default is None:
        return True
    classes = {"int": int, "float": float, "str": str, "bool": bool, "bytes": bytes}
    if type_.kind not in classes:
        return False
    return isinstance(default, classes[type_.kind])
