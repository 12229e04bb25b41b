"""The types of plain values that the arguments of a component class take, read from their annotations."""

from __future__ import annotations

import ast
from typing import Literal

from tfxc.compiler.python.names import External, UserModule, resolve
from tfxc.compiler.python.returns import unquoted
from tfxc.compiler.python.types import COLLECTIONS, ValueType, read_type

_LIKE_LISTS = (
    "Sequence",
    "Iterable",
    "Collection",
    "MutableSequence",
    "Set",
    "FrozenSet",
    "AbstractSet",
    "List",
)
_LIKE_MAPPINGS = ("Mapping", "MutableMapping", "Dict", "OrderedDict")
_DEEPEST = 20


def read_argument_type(annotation: ast.expr, module: UserModule) -> ValueType | None:
    """Returns the type of plain values that an argument of a constructor takes, None if any may do.

    Unlike a ``Parameter[…]``, which TFX reads, such an annotation is for people and type checkers: any
    spelling of a list or mapping means one, and what no spec can give (placeholders, RuntimeParameters) is
    left out of a union.
    """
    read = _argument_type(unquoted(annotation), module, 0)
    return None if read is None or _holds_any(read) else read


def _holds_any(type_: ValueType) -> bool:
    return type_.kind == "any" or (type_.kind == "union" and any(map(_holds_any, type_.arguments)))


def _argument_type(annotation: ast.expr, module: UserModule, depth: int) -> ValueType | None:
    if depth > _DEEPEST:
        return None
    members = _union_members(annotation, module)
    if members is not None:
        found: dict[ValueType, None] = {}
        for member in members:
            if _is_for_code_only(member, module):
                continue
            inner = _argument_type(member, module, depth + 1)
            if inner is None:
                return None
            found.update(dict.fromkeys(inner.arguments if inner.kind == "union" else (inner,)))
        if len(found) < 2:
            return next(iter(found), None)
        return ValueType("union", tuple(found))
    base = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    kind = _collection_like(base, module)
    if kind is None:
        return read_type(annotation, module, depth)
    arguments: list[ast.expr] = []
    if isinstance(annotation, ast.Subscript):
        inside = annotation.slice
        arguments = list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
    inner = _argument_type(arguments[-1], module, depth + 1) if arguments else None
    return ValueType(kind, (inner or ValueType("any"),))


def _union_members(annotation: ast.expr, module: UserModule) -> list[ast.expr] | None:
    """Returns the members of a union in any spelling, None if an annotation is none."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [annotation.left, annotation.right]
    if not isinstance(annotation, ast.Subscript):
        return None
    base = resolve(annotation.value, module)
    collection = COLLECTIONS.get(base.dotted) if isinstance(base, External) else None
    inside = annotation.slice
    if collection == "optional":
        return [inside, ast.Constant(value=None)]
    if collection == "union":
        return list(inside.elts) if isinstance(inside, ast.Tuple) else [inside]
    return None


def _collection_like(base: ast.expr, module: UserModule) -> Literal["list", "dict"] | None:
    meaning = resolve(base, module)
    dotted = meaning.dotted if isinstance(meaning, External) else ""
    package, _, name = dotted.rpartition(".")
    if package in ("typing", "collections.abc", "collections", "typing_extensions"):
        return "list" if name in _LIKE_LISTS else "dict" if name in _LIKE_MAPPINGS else None
    return {"builtins.list": "list", "builtins.dict": "dict"}.get(dotted)  # type: ignore[return-value]


def _is_for_code_only(annotation: ast.expr, module: UserModule) -> bool:
    meaning = resolve(unquoted(annotation), module)
    dotted = meaning.dotted if isinstance(meaning, External) else ""
    return dotted.startswith("tfx.") and dotted.rpartition(".")[2] in ("RuntimeParameter", "Placeholder")
