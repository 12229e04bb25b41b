"""TFX's container components in an IR → the component Container."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.compiler.importing.expressions import constant
from tfxc.compiler.importing.ir import IrNode, Json
from tfxc.compiler.importing.notes import NotCarriedError
from tfxc.schemas import plan_values


def container(node: IrNode, sources: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a container's arguments. Raises NotCarriedError."""
    spec = node.executor.container
    assert spec is not None  # noqa: S101  the caller has looked
    found: dict[str, Any] = {"image": spec.get("image", "")}
    types = {key: _type_name(node.inputs[key]) for key in sources}
    for key, value in (
        ("inputs", types),
        ("outputs", {key: each["type"]["name"] for key, each in sorted(node.outputs.items())}),
        ("parameters", dict(parameters)),
        ("command", [_argument(each) for each in spec.get("commands", [])]),
        ("args", [_argument(each) for each in spec.get("args", [])]),
    ):
        if value:
            found[key] = value
    return {**found, **sources}


def _type_name(spec: Json) -> str:
    channels = spec.get("channels", [])
    return str(channels[0]["artifact_query"]["type"]["name"]) if channels else "Artifact"


def _argument(expression: Json) -> Any:
    """Returns an argument of a command in the Plan's form. Raises NotCarriedError."""
    if "value" in expression:
        return str(constant(expression["value"]))
    placeholder = expression.get("placeholder", {})
    if placeholder.get("type") == "EXEC_PROPERTY":
        return plan_values.container_input(placeholder["key"], "value")
    operator = expression.get("operator", {})
    if "concat_op" in operator:
        return plan_values.concatenation(_argument(each) for each in operator["concat_op"]["expressions"])
    for kind, field in (("artifact_uri_op", "uri"), ("artifact_value_op", "value")):
        index = operator.get(kind, {}).get("expression", {}).get("operator", {}).get("index_op", {})
        placeholder = index.get("expression", {}).get("placeholder", {})
        key = placeholder.get("key")
        if key is None:
            continue
        if placeholder.get("type") == "OUTPUT_ARTIFACT":
            return plan_values.container_output(key, "uri")
        return plan_values.container_input(key, field)  # type: ignore[arg-type]  # it is one of the two
    raise NotCarriedError("its command has a placeholder that a spec does not have")
