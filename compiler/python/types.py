"""The plain Python types of a component's parameters and values, read from annotations.

Mirrors ``tfx.dsl.component.experimental.json_compat`` and the primitives of its function parser.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tfxc.compiler.python.names import External, Local, UserModule, resolve
from tfxc.schemas.diagnostics import Path, PathPart

TypeKind = Literal["int", "float", "str", "bool", "bytes", "none", "any", "list", "dict", "union"]

PRIMITIVES: dict[str, TypeKind] = {
    "builtins.int": "int",
    "builtins.float": "float",
    "builtins.str": "str",
    "builtins.bool": "bool",
    "builtins.bytes": "bytes",
    "typing.Text": "str",
    "six.text_type": "str",
}
VALUE_ARTIFACTS: dict[TypeKind, str] = {
    "int": "Integer",
    "float": "Float",
    "str": "String",
    "bool": "Boolean",
    "bytes": "Bytes",
}
"""primitive → the artifact type that holds one; lists and mappings are held by JsonValue"""

COLLECTIONS = {
    "typing.List": "list",
    "builtins.list": "list",
    "typing.Dict": "dict",
    "builtins.dict": "dict",
    "typing.Union": "union",
    "typing.Optional": "optional",
}
_DEEPEST = 20


@dataclass(frozen=True)
class ValueType:
    """A type of plain values. ``arguments`` are a list's item, a mapping's value, a union's members."""

    kind: TypeKind
    arguments: tuple[ValueType, ...] = ()

    def __str__(self) -> str:
        if self.kind == "list":
            return f"List[{self.arguments[0]}]"
        if self.kind == "dict":
            return f"Dict[str, {self.arguments[0]}]"
        if self.kind == "union":
            return " or ".join(str(argument) for argument in self.arguments)
        return {"none": "None", "any": "Any"}.get(self.kind, self.kind)

    @property
    def is_primitive(self) -> bool:
        """Whether TFX has an artifact type for just this type."""
        return self.kind in VALUE_ARTIFACTS

    @property
    def is_json(self) -> bool:
        """Whether TFX takes it for a JSON-compatible type: a list, a mapping, or a union of these."""
        if self.kind in ("list", "dict"):
            return all(argument._is_json_member() for argument in self.arguments)
        if self.kind == "union":
            return all(argument.kind == "none" or argument.is_json for argument in self.arguments)
        return False

    def _is_json_member(self) -> bool:
        if self.kind in ("list", "dict", "union"):
            return all(argument._is_json_member() for argument in self.arguments)
        return self.kind != "bytes"

    @property
    def without_none(self) -> ValueType:
        """`Optional[T]` as `T`; any other type as it is."""
        if self.kind != "union":
            return self
        members = tuple(argument for argument in self.arguments if argument.kind != "none")
        return members[0] if len(members) == 1 else ValueType("union", members)

    @property
    def is_optional(self) -> bool:
        """Whether it is a union with None."""
        return self.kind == "union" and any(argument.kind == "none" for argument in self.arguments)


def read_type(annotation: ast.expr, module: UserModule, depth: int = 0) -> ValueType | None:
    """Returns the type that an annotation says, or None if it is none of those known here."""
    if depth > _DEEPEST:
        return None
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return ValueType("none")
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _union([annotation.left, annotation.right], module, depth)
    if isinstance(annotation, ast.Subscript):
        return _subscript(annotation, module, depth)
    meaning = resolve(annotation, module)
    if isinstance(meaning, Local):
        if isinstance(meaning.node, (ast.Subscript, ast.BinOp)):
            return read_type(meaning.node, meaning.module, depth + 1)
        return None
    if isinstance(meaning, External):
        if meaning.dotted == "typing.Any":
            return ValueType("any")
        kind = PRIMITIVES.get(meaning.dotted)
        return ValueType(kind) if kind is not None else None
    return None


def _subscript(annotation: ast.Subscript, module: UserModule, depth: int) -> ValueType | None:
    base = resolve(annotation.value, module)
    collection = COLLECTIONS.get(base.dotted) if isinstance(base, External) else None
    arguments = list(annotation.slice.elts) if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    if collection == "union":
        return _union(arguments, module, depth)
    if collection == "optional" and len(arguments) == 1:
        return _union([arguments[0], ast.Constant(value=None)], module, depth)
    if collection == "list" and len(arguments) == 1:
        item = read_type(arguments[0], module, depth + 1)
        return ValueType("list", (item,)) if item is not None else None
    if collection == "dict" and len(arguments) == 2:
        key = read_type(arguments[0], module, depth + 1)
        value = read_type(arguments[1], module, depth + 1)
        if key != ValueType("str") or value is None:
            return None
        return ValueType("dict", (value,))
    return None


def _union(members: list[ast.expr], module: UserModule, depth: int) -> ValueType | None:
    found: dict[ValueType, None] = {}
    for member in members:
        inner = read_type(member, module, depth + 1)
        if inner is None:
            return None
        found.update(dict.fromkeys(inner.arguments if inner.kind == "union" else (inner,)))
    return next(iter(found)) if len(found) == 1 else ValueType("union", tuple(found))


def accepts_value(type_: ValueType, value: Any) -> bool:
    """Whether a plain value is of a type. An integer is taken for a float (lowering makes it one)."""
    kind = type_.kind
    if kind == "any":
        return True
    if kind == "none":
        return value is None
    if kind == "union":
        return any(accepts_value(argument, value) for argument in type_.arguments)
    if kind == "list":
        return isinstance(value, list) and all(accepts_value(type_.arguments[0], item) for item in value)
    if kind == "dict":
        return isinstance(value, dict) and all(
            accepts_value(type_.arguments[0], item) for item in value.values()
        )
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "float":
        return isinstance(value, (int, float))
    return (kind == "int" and isinstance(value, int)) or (kind == "str" and isinstance(value, str))


def misfit(type_: ValueType, value: Any, path: Path = ()) -> tuple[Path, ValueType, Any] | None:
    """Returns the innermost place where a value is not of a type, what should be there and what is."""
    if accepts_value(type_, value):
        return None
    if type_.kind == "list" and isinstance(value, list):
        inner: Iterable[tuple[PathPart, Any]] = enumerate(value)
    elif type_.kind == "dict" and isinstance(value, dict):
        inner = value.items()
    else:
        return path, type_, value
    for part, item in inner:
        found = misfit(type_.arguments[0], item, (*path, part))
        if found is not None:
            return found
    return path, type_, value


def coerced(type_: ValueType, value: Any) -> Any:
    """Returns a value with integers made floats wherever the type takes only floats, as TFX demands."""
    kind = type_.kind
    if kind == "float" and type(value) is int:
        return float(value)
    if kind == "list" and isinstance(value, list):
        return [coerced(type_.arguments[0], item) for item in value]
    if kind == "dict" and isinstance(value, dict):
        return {key: coerced(type_.arguments[0], item) for key, item in value.items()}
    if kind == "union":
        for argument in sorted(type_.arguments, key=lambda argument: argument.kind == "float"):
            if accepts_value(argument, value):
                return coerced(argument, value)
    return value


def accepts_type(expected: ValueType, produced: ValueType) -> bool:
    """Whether TFX passes a JSON value of one declared type to an input of another."""
    if produced.kind == "any":
        return expected.kind == "any"
    if expected.kind == "any":
        return True
    if produced.kind == "union":
        return all(accepts_type(expected, argument) for argument in produced.arguments)
    if expected.kind == "union":
        return any(accepts_type(argument, produced) for argument in expected.arguments)
    if expected.kind != produced.kind:
        return False
    return all(
        accepts_type(wanted, given)
        for wanted, given in zip(expected.arguments, produced.arguments, strict=True)
    )
