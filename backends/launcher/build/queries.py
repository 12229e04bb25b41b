"""What a Resolver asks ML Metadata for, as TFX's channels and in TFX's IR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional

from tfx.orchestration import data_types_utils
from tfx.proto.orchestration import pipeline_pb2
from tfx.types import channel as tfx_channel
from tfx.types import channel_utils

from tfxc.backends.launcher.build.artifacts import artifact_class
from tfxc.backends.launcher.build.names_in_tfx import nodes_of
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.plan import Plan, PlanQuery

Predicate = pipeline_pb2.PropertyPredicate


def query_channel(plan: Plan, query: PlanQuery) -> tfx_channel.BaseChannel:
    """Returns a channel of what earlier runs made. Raises Failure for an unknown artifact type."""
    if query.pipeline is not None:
        return tfx_channel.ExternalPipelineChannel(
            artifact_class(query.artifact_type),
            owner="",
            pipeline_name=query.pipeline,
            producer_component_id=query.producer or "",
            output_key=query.output or "",
        )
    ids = {node.id: node.id_in_tfx for node in plan.nodes}
    return channel_utils.artifact_query(
        artifact_class(query.artifact_type),
        producer_component_id=ids.get(query.producer, query.producer) if query.producer else None,
        output_key=query.output,
    )


def add_filters(pipeline: pipeline_pb2.Pipeline, plan: Plan, values: Values) -> None:
    """Writes into the IR which properties the artifacts of each query must have.

    TFX's IR has a place for that, which TFX's compiler never fills and TFX's resolvers pass over: the
    launcher of a node looks there (see `tfxc.backends.launcher.node.queries`). Raises Failure.
    """
    irs = nodes_of(pipeline, plan)
    for node in plan.nodes:
        for key, sources in node.inputs.items():
            for index, source in enumerate(sources):
                if not isinstance(source, PlanQuery):
                    continue
                predicate = _predicate(source, values, f"{node.id}.{key}")
                if predicate is not None:
                    for channel in _queried(irs[node.id].inputs, key, index):
                        channel.artifact_query.property_predicate.CopyFrom(predicate)


def _predicate(query: PlanQuery, values: Values, where: str) -> Optional[Any]:
    """Returns all that a query demands of properties; None if it is nothing."""
    wanted = [
        _is_equal(name, resolve(value, values, f"{where}.{section}.{name}"), section == "custom_properties")
        for section in ("properties", "custom_properties")
        for name, value in getattr(query, section).items()
    ]
    if not wanted:
        return None
    first, *others = wanted
    for each in others:
        both = Predicate()
        both.binary_logical_operator.op = Predicate.BinaryLogicalOperator.AND
        both.binary_logical_operator.lhs.CopyFrom(first)
        both.binary_logical_operator.rhs.CopyFrom(each)
        first = both
    return first


def _is_equal(name: str, value: Any, is_custom: bool) -> Any:
    predicate = Predicate()
    comparator = predicate.value_comparator
    comparator.property_name = name
    comparator.op = Predicate.ValueComparator.EQ
    comparator.is_custom_property = is_custom
    data_types_utils.set_metadata_value(comparator.target_value.field_value, value)
    return predicate


def _queried(inputs: Any, key: str, index: int) -> Iterator[Any]:
    """Yields the channels of a Resolver's key in the IR: what goes into its strategy under that name."""
    graph = inputs.input_graphs[inputs.inputs[key].input_graph_ref.graph_id]
    strategy = graph.nodes[graph.result_node].op_node
    chosen_from: Mapping[str, str] = graph.nodes[strategy.args[0].node_id].dict_node.node_ids
    spec = inputs.inputs[graph.nodes[chosen_from[key]].input_node.input_key]
    if spec.mixed_inputs.input_keys:
        spec = inputs.inputs[spec.mixed_inputs.input_keys[index]]
    yield from spec.channels
