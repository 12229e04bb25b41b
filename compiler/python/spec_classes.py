"""ComponentSpec classes, the user's and TFX's own: their INPUTS, OUTPUTS and PARAMETERS.

Mirrors ``tfx.types.component_spec``. A table may be written as a dictionary, taken from another spec class
or put together of several, and its keys may be TFX's constants (``standard_component_specs.EXAMPLES_KEY``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tfxc.compiler.models.markers import InputField
from tfxc.compiler.python.artifacts import artifact_type, tfx_name
from tfxc.compiler.python.description import DECLARE, ParameterField, PythonComponentError
from tfxc.compiler.python.names import (
    External,
    Local,
    Resolved,
    UserModule,
    class_attribute,
    outside_bases,
    resolve,
)
from tfxc.compiler.python.types import ValueType, read_type
from tfxc.schemas.components.standard_component_specs import KEYS, SPEC_CLASSES

_Entry = TypeVar("_Entry")
_ReadEntry = Callable[[str, ast.Call, UserModule], _Entry]
_ReadStandard = Callable[[str, str], _Entry]
_SIMPLE: Mapping[str, ValueType] = {name: ValueType(name) for name in ("int", "float", "str", "bool")}


@dataclass(frozen=True)
class SpecTables:
    """What a spec class says. An output is here as an input is, with whether it must be given."""

    inputs: Mapping[str, InputField]
    outputs: Mapping[str, InputField]
    parameters: Mapping[str, ParameterField]


def standard_spec(name: str) -> SpecTables | None:
    """Returns the tables of one of TFX's spec classes, or None if there is none of that name."""
    spec = SPEC_CLASSES.get(name)
    if spec is None:
        return None
    return SpecTables(
        {key: _standard_channel(key, text) for key, text in spec.inputs.items()},
        {key: _standard_channel(key, text) for key, text in spec.outputs.items()},
        {key: _standard_parameter(key, text) for key, text in spec.parameters.items()},
    )


def read_spec(meaning: Resolved, shown: str) -> SpecTables | None:
    """Returns the tables of a spec class, or None if it is none that can be read.

    Raises PythonComponentError for a table that only running it would show.
    """
    if isinstance(meaning, External):
        return standard_spec(_tfx_class(meaning.dotted))
    if not isinstance(meaning, Local) or not isinstance(meaning.node, ast.ClassDef):
        return None
    reader = _Reader(meaning.node, meaning.module, shown)
    return SpecTables(
        reader.table("INPUTS", reader.channel, _standard_channel),
        reader.table("OUTPUTS", reader.channel, _standard_channel),
        reader.table("PARAMETERS", _parameter, _standard_parameter),
    )


class _Reader:
    """Reads the tables of one spec class of the user's."""

    def __init__(self, class_: ast.ClassDef, module: UserModule, shown: str) -> None:
        self._class = class_
        self._module = module
        self._shown = shown

    def table(
        self, name: str, read: _ReadEntry[_Entry], standard: _ReadStandard[_Entry]
    ) -> Mapping[str, _Entry]:
        found = class_attribute(self._class, self._module, name)
        if found is not None:
            meaning = resolve(*found)
        else:
            base = next(filter(_tfx_class_in_table, outside_bases(self._class, self._module)), None)
            if base is None:
                return {}
            meaning = External(f"{base}.{name}")
        entries = _entries(meaning, read, standard)
        if entries is None:
            raise PythonComponentError(
                "M409",
                f"`{name}` of `{self._class.name}` in `{self._shown}` is not a plain dictionary",
                DECLARE,
            )
        return entries

    def channel(self, key: str, call: ast.Call, module: UserModule) -> InputField:
        type_ = _keyword(call, "type", 0)
        name = artifact_type(type_, module) if type_ is not None else None
        if name is None:
            raise PythonComponentError(
                "M409",
                f"the artifact type of `{key}` in `{self._shown}` is neither TFX's nor a class with a "
                "TYPE_NAME",
                DECLARE,
            )
        return InputField(key, name, not _is_true(call, "optional"))


def _tfx_class_in_table(dotted: str) -> bool:
    return _tfx_class(dotted) in SPEC_CLASSES


def _tfx_class(dotted: str) -> str:
    return dotted.rpartition(".")[2] if dotted.startswith("tfx.") else ""


def _standard_channel(key: str, text: str) -> InputField:
    return InputField(key, text.rstrip("?"), not text.endswith("?"))


def _standard_parameter(key: str, text: str) -> ParameterField:
    return ParameterField(key, _SIMPLE.get(text.rstrip("?")), not text.endswith("?"))


def _parameter(key: str, call: ast.Call, module: UserModule) -> ParameterField:
    type_ = _keyword(call, "type", 0)
    read = read_type(type_, module) if type_ is not None else None
    return ParameterField(key, read, not _is_true(call, "optional"))


def _entries(
    meaning: Resolved, read: _ReadEntry[_Entry], standard: _ReadStandard[_Entry]
) -> dict[str, _Entry] | None:
    """Returns a table's entries, or None if they cannot be told."""
    if isinstance(meaning, External):
        class_, _, table = meaning.dotted.rpartition(".")
        spec = SPEC_CLASSES.get(_tfx_class(class_))
        texts: Mapping[str, str] | None = getattr(spec, table.lower(), None)
        return {key: standard(key, text) for key, text in texts.items()} if texts is not None else None
    if not isinstance(meaning, Local) or not isinstance(meaning.node, ast.expr):
        return None
    entries: dict[str, _Entry] = {}
    parts = _parts(meaning.node, meaning.module)
    if parts is None:
        return None
    for key, value in parts:
        if value is None:
            return None
        if key is None:
            inner = _entries(resolve(value, meaning.module), read, standard)
            if inner is None:
                return None
            entries.update(inner)
            continue
        entry = _entry(key, value, meaning.module, read, standard)
        if entry is None:
            return None
        entries[key] = entry
    return entries


def _parts(node: ast.expr, module: UserModule) -> list[tuple[str | None, ast.expr | None]] | None:
    """Returns what a table is put together of: keys with their entries, and (without a key) other tables."""
    if isinstance(node, ast.Dict):
        parts: list[tuple[str | None, ast.expr | None]] = []
        for key, value in zip(node.keys, node.values, strict=True):
            text = text_of(key, module) if key is not None else None
            parts.append((text, value if key is None or text is not None else None))
        return parts
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [(None, node.left), (None, node.right)]
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            return [(None, node.func.value)]
        called = resolve(node.func, module)
        if isinstance(called, External) and called.dotted in ("builtins.dict", "copy.copy", "copy.deepcopy"):
            given: list[tuple[str | None, ast.expr | None]] = [(None, each) for each in node.args]
            given += [(keyword.arg, keyword.value) for keyword in node.keywords]
            return given
    return None


def _entry(
    key: str, value: ast.expr, module: UserModule, read: _ReadEntry[_Entry], standard: _ReadStandard[_Entry]
) -> _Entry | None:
    if isinstance(value, ast.Subscript):  # the entry of another table
        table = _entries(resolve(value.value, module), read, standard)
        name = text_of(value.slice, module)
        return table.get(name) if table is not None and name is not None else None
    meaning = resolve(value, module)
    if not isinstance(meaning, Local) or not isinstance(meaning.node, ast.Call):
        return None
    if tfx_name(meaning.node.func, meaning.module) not in ("ChannelParameter", "ExecutionParameter"):
        return None
    return read(key, meaning.node, meaning.module)


def text_of(expression: ast.expr, module: UserModule) -> str | None:
    """Returns the text that an expression is: a literal, a constant of a module, or one of TFX's keys."""
    meaning = resolve(expression, module)
    if isinstance(meaning, External) and meaning.dotted.startswith("tfx."):
        return KEYS.get(meaning.dotted.rpartition(".")[2])
    node = meaning.node if isinstance(meaning, Local) else None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _keyword(call: ast.Call, name: str, position: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def _is_true(call: ast.Call, name: str) -> bool:
    value = _keyword(call, name, 1)
    return isinstance(value, ast.Constant) and value.value is True
