"""The values of artifacts as arguments: TFX's placeholders, or known before a node is built.

TFX's driver fills in a placeholder that is a whole argument, or a part of a text that is one. For what stands
deeper, in a mapping, a list or a message, the node's process builds the pipeline anew when the value is
there (see `tfxc.backends.launcher.node.artifact_values`). Until then a sample stands in its place, or, in a
component of the user's, whose type may be any, TFX's placeholder for one of the values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Optional

from tfx.types import channel

from tfxc.backends.launcher.protocol.values import Values, resolve, text
from tfxc.schemas.artifacts import ValueKind, value_kind
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import (
    ImporterComponent,
    Plan,
    PlanArgument,
    PlanNode,
    PythonComponent,
    ResolverComponent,
)
from tfxc.schemas.plan_places import artifact_values
from tfxc.schemas.plan_values import JsonValue, form_of, parts

Channels = Mapping[tuple[str, str], channel.BaseChannel]
"""(node, output) → its channel"""

Known = Collection[tuple[str, str]]
"""(node, output) of the values that are known, and no samples"""

_SAMPLES: Mapping[str, Any] = {"int": 1, "float": 1.0, "str": "sample", "bool": True, "json": {}}
_IN_TEXTS = ("int", "float", "str")
"""What TFX joins as tfxc does; true and false it would write as Python does."""


def with_samples(plan: Plan, values: Values) -> Values:
    """Returns the values with a sample for every artifact whose value an argument has and nobody knows."""
    samples = {
        channel: _SAMPLES.get(_kind(plan, channel) or "", "sample")
        for node in plan.nodes
        for channel in artifact_values(node)
    }
    return replace(values, artifacts={**samples, **values.artifacts})


def is_placeholder(plan: Plan, argument: PlanArgument) -> bool:
    """Whether an argument has the value of an artifact in a way that TFX's placeholders can say."""
    form, _ = form_of(argument.value)
    found = _channels_in(argument.value)
    if argument.kind != "value" or form not in ("artifact_value", "concatenation") or not found:
        return False
    allowed = (*_IN_TEXTS, "bool") if form == "artifact_value" else _IN_TEXTS
    return all(_kind(plan, each) in allowed for each in found)


def is_built_with_values(plan: Plan, node: PlanNode) -> bool:
    """Whether a node can be built only when other nodes have made the values that its arguments have."""
    if isinstance(node.component, (ImporterComponent, ResolverComponent)):
        return bool(artifact_values(node))
    return any(
        _channels_in(argument.value) and not is_placeholder(plan, argument)
        for argument in node.arguments.values()
    )


def argument_with_values(
    plan: Plan, node: PlanNode, key: str, channels: Channels, values: Values, known: Known
) -> Optional[Any]:
    """Returns TFX's placeholder for an argument that has the values of artifacts; None where it is not one.

    Raises Failure for an output that is not there.
    """
    argument, where = node.arguments[key], f"{node.id}.{key}"
    found = _channels_in(argument.value)
    for name in found:
        if name not in channels:
            raise Failure(f"{where} reads `{'.'.join(name)}`, which is no output.")
    if is_placeholder(plan, argument):
        return _placeholder(argument.value, channels, values, where)
    unknown = [each for each in found if each not in known]
    if unknown and isinstance(node.component, PythonComponent) and argument.kind == "value":
        return channels[unknown[0]].future()[0].value
    return None


def _placeholder(value: JsonValue, channels: Channels, values: Values, where: str) -> Any:
    """Returns TFX's placeholder for the value of an artifact, or for a text with such in it."""
    form, inner = form_of(value)
    joined: Any = None
    for piece in [value] if form == "artifact_value" else inner:
        piece_form, name = form_of(piece)
        if piece_form == "artifact_value":
            part: Any = channels[_channel(name)].future()[0].value
        else:
            part = text(resolve(piece, values, where))
        joined = part if joined is None else joined + part
    return joined


def _channels_in(value: JsonValue) -> list[tuple[str, str]]:
    return [_channel(part.inner) for part in parts(value) if part.form == "artifact_value"]


def _channel(name: str) -> tuple[str, str]:
    node, _, output = name.rpartition(".")
    return node, output


def _kind(plan: Plan, channel: tuple[str, str]) -> ValueKind | None:
    """Returns what the value of an output is; None if it has none, or if there is no telling."""
    node, output = channel
    made = next((each.outputs.get(output) for each in plan.nodes if each.id == node), None)
    return value_kind(made)
