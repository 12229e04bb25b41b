"""TFX's placeholder expressions → values and conditions of a spec."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfxc.compiler.importing.ir import Json
from tfxc.compiler.importing.notes import NotCarriedError
from tfxc.schemas import plan_values

Channels = Mapping[str, tuple[str, str]]
"""Input key → the component and output that it reads"""

_COMPARE = {"EQUAL": "==", "GREATER_THAN": ">", "LESS_THAN": "<"}
_NEGATED = {"==": "!=", ">": "<=", "<": ">="}


def constant(value: Json) -> Any:
    """Returns what a Value of ML Metadata holds: an int, a float, a text, true or false."""
    if "int_value" in value:
        return int(value["int_value"])
    if "double_value" in value:
        return float(value["double_value"])
    if "bool_value" in value:
        return bool(value["bool_value"])
    if "string_value" in value:
        return str(value["string_value"])
    raise NotCarriedError("it is a value of a kind that a spec does not have")


def value_of(expression: Json, channels: Channels) -> Any:
    """Returns the Plan's form of a value that a placeholder stands for. Raises NotCarriedError."""
    if "value" in expression:
        return constant(expression["value"])
    operator = expression.get("operator", {})
    if "artifact_value_op" in operator:
        node, output = _first_artifact(operator["artifact_value_op"].get("expression", {}), channels)
        return plan_values.artifact_value(node, output)
    if "concat_op" in operator:
        return plan_values.concatenation(
            part if isinstance(part, dict) else str(part)
            for part in (value_of(each, channels) for each in operator["concat_op"].get("expressions", []))
        )
    raise NotCarriedError(f"a value that TFX computes ({_kind(expression)}) has no place in a spec")


def condition_of(expression: Json, channels: Channels) -> str:
    """Returns the text of ``when``. Raises NotCarriedError."""
    return _condition(expression, channels, outermost=True)


def _condition(expression: Json, channels: Channels, outermost: bool = False) -> str:
    operator = expression.get("operator", {})
    if "compare_op" in operator:
        return " ".join(_comparison(operator["compare_op"], channels))
    if "unary_logical_op" in operator:
        inner = operator["unary_logical_op"].get("expression", {})
        compared = inner.get("operator", {}).get("compare_op")
        if compared is not None:
            left, symbol, right = _comparison(compared, channels)
            return f"{left} {_NEGATED[symbol]} {right}"
        return f"not ({_condition(inner, channels, outermost=True)})"
    if "binary_logical_op" in operator:
        both = operator["binary_logical_op"]
        word = {"AND": "and", "OR": "or"}.get(both.get("op", ""))
        if word is None:
            raise NotCarriedError("a logical operator that a spec does not have")
        joined = f" {word} ".join(_condition(both[side], channels) for side in ("lhs", "rhs"))
        return joined if outermost else f"({joined})"
    raise NotCarriedError(f"a condition on what a spec cannot ask for ({_kind(expression)})")


def _comparison(comparison: Json, channels: Channels) -> tuple[str, str, str]:
    symbol = _COMPARE.get(comparison.get("op", ""))
    if symbol is None:
        raise NotCarriedError("a comparison that a spec does not have")
    return _operand(comparison["lhs"], channels), symbol, _operand(comparison["rhs"], channels)


def _operand(expression: Json, channels: Channels) -> str:
    if "value" in expression:
        value = constant(expression["value"])
        return json.dumps(value, ensure_ascii=False)
    if "runtime_parameter" in expression:  # TFX has none in a condition: Kubeflow has
        return f"{{{{ parameters.{expression['runtime_parameter']['name']} }}}}"
    operator = expression.get("operator", {})
    if "artifact_property_op" in operator:
        read = operator["artifact_property_op"]
        section = "custom_properties" if read.get("is_custom_property") else "properties"
        name = read.get("key", "")
        shown = f".{name}" if name.isidentifier() and name.isascii() else f"[{json.dumps(name)}]"
        return f"{_artifact(read, channels)}.{section}{shown}"
    for kind, field in (("artifact_value_op", "value"), ("artifact_uri_op", "uri")):
        if kind in operator:
            if operator[kind].get("split"):
                raise NotCarriedError("the URI of a split has no place in a spec")
            return f"{_artifact(operator[kind], channels)}.{field}"
    raise NotCarriedError(f"a condition on what a spec cannot ask for ({_kind(expression)})")


def _artifact(read: Json, channels: Channels) -> str:
    return ".".join(_first_artifact(read.get("expression", {}), channels))


def _first_artifact(expression: Json, channels: Channels) -> tuple[str, str]:
    """Returns the channel of ``channel.future()[0]``. Raises NotCarriedError for anything else."""
    index = expression.get("operator", {}).get("index_op")
    if index is None or int(index.get("index", 0)) != 0 or index.get("key"):
        raise NotCarriedError("only the first artifact of an output can be asked about")
    placeholder = index.get("expression", {}).get("placeholder", {})
    channel = channels.get(placeholder.get("key", ""))
    if placeholder.get("type", "INPUT_ARTIFACT") != "INPUT_ARTIFACT" or channel is None:
        raise NotCarriedError("only an output of another node can be asked about")
    return channel


def _kind(expression: Json) -> str:
    operator = expression.get("operator", {})
    if operator:
        return str(next(iter(operator))).removesuffix("_op").replace("_", " ")
    return str(expression.get("placeholder", {}).get("type", "placeholder")).lower().replace("_", " ")
