"""What a component that includes another spec takes and gives: what that spec declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.models.markers import InputField
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.schemas.spec import INCLUDER

if TYPE_CHECKING:
    from tfxc.compiler.pipeline.model import Pipeline


def including_interface(interface: Interface, included: Pipeline) -> Interface:
    """Returns the interface of a component that includes a spec.

    An input with a default need not be given; one takes several artifacts if all that read it do.
    """
    single = {
        channel.output
        for channel in included.channels
        if channel.node == INCLUDER and not _takes_many(included, channel.consumer, channel.input)
    }
    values = (reference.channel for _, reference in included.artifact_values)
    single |= {channel[1] for channel in values if channel is not None and channel[0] == INCLUDER}
    inputs = {
        name: InputField(name, each.artifact_type, each.default is None, name not in single)
        for name, each in included.inputs.items()
    }
    outputs: dict[str, str | None] = {}
    for name, channel in included.outputs.items():
        match = CHANNEL.fullmatch(channel)
        outputs[name] = included.artifact_type(*match.groups()) if match is not None else None
    return replace(interface, inputs=inputs, outputs=outputs)


def _takes_many(included: Pipeline, consumer: str, name: str) -> bool:
    interface = included.nodes[consumer].interface
    field = interface.inputs.get(name) if interface is not None else None
    return field is None or field.many
