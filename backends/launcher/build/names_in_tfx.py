"""What TFX's IR calls a Plan's pipeline and its nodes.

A pipeline that is called like one of its nodes TFX builds not: within a pipeline it tells the pipeline's own
channels from a node's by their ids. In the IR and in ML Metadata the two names never meet (the contexts are
of the types ``pipeline`` and ``node``, and a node's is ``<pipeline>.<node>``), so such a pipeline is built
under another name and gets its own in the IR.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfx.dsl.compiler import constants
from tfx.proto.orchestration import pipeline_pb2

from tfxc.schemas.plan import Plan

STAND_IN = "<pipeline>"
"""A name that no node has."""


def name_to_build_with(plan: Plan) -> str:
    """Returns the Plan's name, or the stand-in if a node is called so too."""
    name = plan.name_in_tfx
    return STAND_IN if any(node.id_in_tfx == name for node in plan.nodes) else name


def nodes_of(pipeline: pipeline_pb2.Pipeline, plan: Plan) -> Mapping[str, pipeline_pb2.PipelineNode]:
    """Returns the nodes of a Plan's IR, by their ids in the Plan."""
    ids = {node.id_in_tfx: node.id for node in plan.nodes}
    return {ids[entry.pipeline_node.node_info.id]: entry.pipeline_node for entry in pipeline.nodes}


def give_own_name(pipeline: pipeline_pb2.Pipeline, name: str) -> None:
    """Puts the pipeline's own name in the place of the stand-in, in the IR that TFX compiled."""
    if pipeline.pipeline_info.id != STAND_IN:
        return
    pipeline.pipeline_info.id = name
    for context_type, context_name in _context_names(pipeline):
        text = context_name.field_value.string_value
        if context_type == constants.PIPELINE_CONTEXT_TYPE_NAME and text == STAND_IN:
            context_name.field_value.string_value = name
        elif context_type == constants.NODE_CONTEXT_TYPE_NAME and text.startswith(f"{STAND_IN}."):
            context_name.field_value.string_value = name + text.removeprefix(STAND_IN)


def _context_names(pipeline: pipeline_pb2.Pipeline) -> Iterator[tuple[str, pipeline_pb2.Value]]:
    """Yields the type and the name of each context that a node is in or looks for artifacts in."""
    for entry in pipeline.nodes:
        node = entry.pipeline_node
        for context in node.contexts.contexts:
            yield context.type.name, context.name
        for input_spec in node.inputs.inputs.values():
            for channel in input_spec.channels:
                for query in channel.context_queries:
                    yield query.type.name, query.name
