"""Conditions of a PipelineSpec → TFX's placeholder expressions.

What kfp's and TFX's compilers write of CEL differs from Python only in the words of its operators: it is
read by Python's parser, and what does not stand in the tables here is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

from tfxc.compiler.importing.notes import NotCarriedError

Json = Any
Read = Callable[[str, str, str], Json]
"""``(kind, name, field)`` → the expression of what is read: ``parameter`` with its name; ``property`` of an
artifact; ``uri`` of one."""

_STRINGS = re.compile(r"('(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")")
_WORDS = ((re.compile(r"&&"), " and "), (re.compile(r"\|\|"), " or "), (re.compile(r"!(?!=)"), " not "))
_COMPARED: dict[type[ast.cmpop], tuple[str, bool]] = {
    ast.Eq: ("EQUAL", False),
    ast.NotEq: ("EQUAL", True),
    ast.Lt: ("LESS_THAN", False),
    ast.GtE: ("LESS_THAN", True),
    ast.Gt: ("GREATER_THAN", False),
    ast.LtE: ("GREATER_THAN", True),
}
"""Python's comparison → TFX's, and whether that is to be negated."""
_CONVERSIONS = ("int", "double", "string")
_ARMS = ("string_value", "number_value", "bool_value")


def expression_of(text: str, read: Read) -> Json:
    """Returns the expression of a condition. Raises NotCarriedError."""
    pieces = _STRINGS.split(text)
    for index in range(0, len(pieces), 2):
        for pattern, word in _WORDS:
            pieces[index] = pattern.sub(word, pieces[index])
    try:
        tree = ast.parse("".join(pieces).strip(), mode="eval")
        return _boolean(tree.body, read)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotCarriedError(f"the condition `{text}` is not understood") from None


def _boolean(node: ast.expr, read: Read) -> Json:
    if isinstance(node, ast.BoolOp):
        word = "AND" if isinstance(node.op, ast.And) else "OR"
        found = _boolean(node.values[0], read)
        for each in node.values[1:]:
            both = {"lhs": found, "rhs": _boolean(each, read), "op": word}
            found = {"operator": {"binary_logical_op": both}}
        return found
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _negated(_boolean(node.operand, read))
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARED:
        operator, is_negated = _COMPARED[type(node.ops[0])]
        sides = {"lhs": _operand(node.left, read), "rhs": _operand(node.comparators[0], read)}
        compared = {"operator": {"compare_op": {**sides, "op": operator}}}
        return _negated(compared) if is_negated else compared
    raise NotCarriedError(f"the condition `{ast.unparse(node)}` is not understood")


def _negated(expression: Json) -> Json:
    return {"operator": {"unary_logical_op": {"expression": expression, "op": "NOT"}}}


def _operand(node: ast.expr, read: Read) -> Json:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _operand(node.operand, read).get("value", {})
        return {"value": {key: -number for key, number in value.items() if not isinstance(number, str)}}
    if isinstance(node, ast.Constant):
        return _value(node.value)
    if isinstance(node, ast.Name) and node.id in ("true", "false"):
        return {"value": {"bool_value": node.id == "true"}}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CONVERSIONS:
        return _operand(node.args[0], read)
    while isinstance(node, ast.Attribute) and node.attr in _ARMS:
        node = node.value
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="inputs"), attr="parameter_values" | "parameters"),
            slice=ast.Constant(value=str(name)),
        ):
            return read("parameter", name, "")
        case ast.Subscript(
            value=ast.Attribute(attr="metadata") as metadata, slice=ast.Constant(value=str(key))
        ):
            return read("property", _artifact(metadata.value), key)
        case ast.Attribute(attr="uri"):
            return read("uri", _artifact(node.value), "")
    raise NotCarriedError(f"`{ast.unparse(node)}` in its condition is not understood")


def _artifact(node: ast.expr) -> str:
    """Returns the name of ``inputs.artifacts['NAME'].artifacts[0]``."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(
                value=ast.Subscript(
                    value=ast.Attribute(value=ast.Name(id="inputs"), attr="artifacts"),
                    slice=ast.Constant(value=str(name)),
                ),
                attr="artifacts",
            ),
            slice=ast.Constant(value=0),
        ):
            return name
    raise NotCarriedError(f"`{ast.unparse(node)}` in its condition is not understood")


def _value(value: Any) -> Json:
    if isinstance(value, float):
        # Kubeflow has no integers: TFX writes 1 as 1.0
        return {"value": {"int_value": int(value)} if value.is_integer() else {"double_value": value}}
    if isinstance(value, int):
        return {"value": {"int_value": value}}
    if isinstance(value, str):
        return {"value": {"string_value": value}}
    raise NotCarriedError(f"`{value!r}` in its condition is not understood")
