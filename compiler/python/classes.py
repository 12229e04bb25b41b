"""TFX component classes of the user's, described from their source.

A class with ``SPEC_CLASS`` (``BaseComponent`` and its like): the inputs, outputs and parameters are
those of the spec class, and the arguments that a document may give are the constructor's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfxc.compiler.models.markers import InputField
from tfxc.compiler.python.artifacts import artifact_type, tfx_name
from tfxc.compiler.python.description import (
    Location,
    ParameterField,
    PythonComponentDescription,
    PythonComponentError,
)
from tfxc.compiler.python.names import Local, UserModule, resolve
from tfxc.compiler.python.types import ValueType, read_type

_DEEPEST = 10


def describe_class(
    type_name: str, name: str, location: Location, class_: ast.ClassDef, module: UserModule
) -> PythonComponentDescription:
    """Describes a component class. Raises PythonComponentError."""
    shown = location.file.name
    spec = _class_attribute(class_, module, "SPEC_CLASS")
    meaning = resolve(spec[0], spec[1]) if spec is not None else None
    if not isinstance(meaning, Local) or not isinstance(meaning.node, ast.ClassDef):
        raise PythonComponentError(
            "M408",
            f"the class `{name}` in `{shown}` has no SPEC_CLASS that can be read",
            "a component class has `SPEC_CLASS`, a ComponentSpec defined in a file of yours",
        )
    tables = {}
    for table in ("INPUTS", "OUTPUTS", "PARAMETERS"):
        entries = _table(meaning.node, meaning.module, table)
        if entries is None:
            raise PythonComponentError(
                "M409", f"`{table}` of `{meaning.node.name}` in `{shown}` is not a plain dictionary"
            )
        tables[table] = entries
    inputs, outputs = _channels(tables["INPUTS"], shown), _channels(tables["OUTPUTS"], shown)
    parameters = {
        key: ParameterField(key, _parameter_type(call, where), not _is_true(call, "optional"))
        for key, (call, where) in tables["PARAMETERS"].items()
    }
    taken, required, is_open = _constructor(class_, module)
    if taken is not None:
        inputs = {
            key: InputField(key, input_.artifact_type, key in required)
            for key, input_ in inputs.items()
            if key in taken or is_open
        }
        parameters = {
            key: ParameterField(key, parameters[key].type if key in parameters else None, key in required)
            for key in taken
            if key not in inputs
        }
    return PythonComponentDescription(
        type_name,
        name,
        location,
        inputs,
        {key: output.artifact_type for key, output in outputs.items()},
        parameters,
        open_arguments=is_open,
    )


def _channels(table: dict[str, tuple[ast.Call, UserModule]], shown: str) -> dict[str, InputField]:
    channels = {}
    for key, (call, module) in table.items():
        type_ = _keyword(call, "type", 0)
        name = artifact_type(type_, module) if type_ is not None else None
        if name is None:
            raise PythonComponentError(
                "M409",
                f"the artifact type of `{key}` in `{shown}` is neither TFX's nor a class with a TYPE_NAME",
            )
        channels[key] = InputField(key, name, not _is_true(call, "optional"))
    return channels


def _table(
    class_: ast.ClassDef, module: UserModule, name: str
) -> dict[str, tuple[ast.Call, UserModule]] | None:
    """Returns a dictionary of a spec class: key → the call that makes the entry."""
    found = _class_attribute(class_, module, name)
    if found is None:
        return {}
    value, where = found
    if not isinstance(value, ast.Dict):
        return None
    entries: dict[str, tuple[ast.Call, UserModule]] = {}
    for key, call in zip(value.keys, value.values, strict=True):
        text = _text(key, where) if key is not None else None
        if text is None or not isinstance(call, ast.Call):
            return None
        if tfx_name(call.func, where) not in ("ChannelParameter", "ExecutionParameter"):
            return None
        entries[text] = (call, where)
    return entries


def _text(key: ast.expr, module: UserModule) -> str | None:
    """Returns the text that a key is: a literal, or a constant of the module."""
    if isinstance(key, ast.Name):
        meaning = resolve(key, module)
        key = meaning.node if isinstance(meaning, Local) and isinstance(meaning.node, ast.expr) else key
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _class_attribute(
    class_: ast.ClassDef, module: UserModule, name: str, depth: int = 0
) -> tuple[ast.expr, UserModule] | None:
    """Returns the expression that a class, or the first base that has it, gives an attribute."""
    for statement in reversed(class_.body):
        if isinstance(statement, ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == name for target in statement.targets):
                return statement.value, module
        elif (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and statement.target.id == name
            and statement.value is not None
        ):
            return statement.value, module
    for base, where in _bases(class_, module, depth):
        found = _class_attribute(base, where, name, depth + 1)
        if found is not None:
            return found
    return None


def _bases(class_: ast.ClassDef, module: UserModule, depth: int) -> Iterator[tuple[ast.ClassDef, UserModule]]:
    for base in class_.bases if depth < _DEEPEST else ():
        meaning = resolve(base, module)
        if isinstance(meaning, Local) and isinstance(meaning.node, ast.ClassDef):
            yield meaning.node, meaning.module


def _constructor(
    class_: ast.ClassDef, module: UserModule, depth: int = 0
) -> tuple[list[str] | None, set[str], bool]:
    """Returns the constructor's arguments, which of them are required, and whether it takes others.

    Without a constructor of the user's there is nothing to go by: None.
    """
    for statement in class_.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            arguments = statement.args
            positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][1:]
            required = set(positional[: max(len(positional) - len(arguments.defaults), 0)])
            required.update(
                argument.arg
                for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
                if default is None
            )
            names = [*positional, *(argument.arg for argument in arguments.kwonlyargs)]
            return names, required, arguments.kwarg is not None
    for base, where in _bases(class_, module, depth):
        found = _constructor(base, where, depth + 1)
        if found[0] is not None:
            return found
    return None, set(), True


def _parameter_type(call: ast.Call, module: UserModule) -> ValueType | None:
    expression = _keyword(call, "type", 0)
    return read_type(expression, module) if expression is not None else None


def _keyword(call: ast.Call, name: str, position: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def _is_true(call: ast.Call, name: str) -> bool:
    value = _keyword(call, name, 1)
    return isinstance(value, ast.Constant) and value.value is True
