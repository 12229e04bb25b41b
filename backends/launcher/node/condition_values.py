"""What conditions read in the files of artifacts: whether there are no anomalies, and metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tensorflow import errors as tf_errors
from tfx.orchestration.portable.input_resolution import channel_resolver

from tfxc.backends.launcher.build.conditions import IN_MEMORY, ReadFromFiles, read_from_files
from tfxc.backends.launcher.node import anomalies
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.choices import PASSED
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanNode


def give_to_artifacts(plan: Plan, node: PlanNode, values: Values) -> list[Failure]:
    """Changes how channels are resolved in this process, which must be a node's own.

    Returns a list that gets what stands in the way: TFX turns every exception there into one without words.

    An artifact that the node's condition looks into gets what is found there as a custom property, in memory
    only: the store keeps what its producer published, so that it may be of a cached run or of plain TFX.
    Before an execution is registered `take_from_artifacts` takes it away again.
    """
    wanted = tuple(read_from_files(node.when, values, f"{node.id}.when"))
    undecided: list[Failure] = []
    if not wanted:
        return undecided
    resolve_single_channel = channel_resolver.resolve_single_channel

    def resolved(handle: Any, channel: Any) -> list[Any]:
        found: list[Any] = resolve_single_channel(handle, channel)
        for read in wanted:
            producer = plan.node(read.node).id_in_tfx
            if (producer, read.output) == (channel.producer_node_query.id, channel.output_key):
                for artifact in found:
                    try:
                        _give(artifact, node.id, read)
                    except Failure as failure:
                        undecided.append(failure)
                        raise
        return found

    channel_resolver.resolve_single_channel = resolved
    return undecided


def take_from_artifacts(inputs: Mapping[str, Iterable[Any]]) -> None:
    """Takes away what a condition was decided by.

    Registering an execution stores what its inputs are, and the time of that is in TFX's cache keys.
    """
    for artifacts in inputs.values():
        for artifact in artifacts:
            properties = artifact.mlmd_artifact.custom_properties
            for name in [name for name in properties if name.startswith(IN_MEMORY)]:
                del properties[name]


def _give(artifact: Any, node: str, read: ReadFromFiles) -> None:
    """Gives an artifact one custom property. Raises Failure for what cannot be read in its files."""
    what = f"the condition of `{node}` cannot be decided: `{read.node}.{read.output}`"
    try:
        if read.field == PASSED:
            passed = not any(anomalies.read(read.node, artifact.uri))
            artifact.set_int_custom_property(read.property_name, int(passed))
        else:
            artifact.set_float_custom_property(read.property_name, _metric(artifact.uri, read))
    except LookupError as error:
        raise Failure(f"{what} {error.args[0]}.") from None
    except (OSError, tf_errors.OpError) as error:
        raise Failure(f"{what} cannot be read: {error}.") from None


def _metric(uri: str, read: ReadFromFiles) -> float:
    from tfxc.backends.launcher.node.evaluations import metric_value  # with it comes TFMA

    given = read.arguments
    return metric_value(uri, read.name, given.get("slice"), given.get("output"), given.get("model"))
