"""TFX's Resolvers in an IR → the component Resolver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfxc.compiler.importing.expressions import constant
from tfxc.compiler.importing.ir import NODE, PIPELINE, PIPELINE_RUN, IrNode, Json, contexts_of, producer_of
from tfxc.compiler.importing.notes import NotCarriedError
from tfxc.compiler.importing.user_code import UserCode
from tfxc.schemas.components.nodes import STRATEGY_CLASSES

RESOLVER = "tfx.dsl.components.common.resolver.Resolver"
_SERVICE = "MLMDServiceConfig"


def resolver(node: IrNode, ids: Mapping[str, str], pipeline: str, code: UserCode) -> dict[str, Any]:
    """Returns a Resolver's arguments. Raises NotCarriedError if it is none of a strategy over channels."""
    graphs = list(node.graphs.values())
    if len(graphs) != 1:
        raise NotCarriedError("only a Resolver with one strategy class has a place in a spec")
    nodes, result = graphs[0]["nodes"], graphs[0]["result_node"]
    operation = nodes[result].get("op_node")
    if operation is None or len(operation.get("args", [])) != 1:
        raise NotCarriedError("only a Resolver with one strategy class has a place in a spec")
    chosen_from = nodes[operation["args"][0]["node_id"]].get("dict_node", {}).get("node_ids")
    if chosen_from is None or any("input_node" not in nodes[each] for each in chosen_from.values()):
        raise NotCarriedError("a Resolver of resolver functions has no place in a spec")
    found: dict[str, Any] = {"strategy_class": _strategy(operation["op_type"], code)}
    config = {name: _config_value(each) for name, each in operation.get("kwargs", {}).items()}
    if config:
        found["config"] = config
    for key in sorted(chosen_from):
        spec = node.inputs[nodes[chosen_from[key]]["input_node"]["input_key"]]
        found[key] = _source(spec, node, ids, pipeline)
    return found


def _strategy(class_path: str, code: UserCode) -> str:
    for name, known in STRATEGY_CLASSES.items():
        if known.replace(":", ".") == class_path:
            return name
    return code.attribute(class_path)


def _config_value(kept: Json) -> Any:
    value = kept.get("value", kept)
    plain = constant(value.get("field_value", {}))
    kinds = value.get("schema", {}).get("value_type", {})
    return json.loads(plain) if kinds and isinstance(plain, str) else plain


def _source(spec: Json, node: IrNode, ids: Mapping[str, str], pipeline: str) -> Any:
    """Returns what a channel of a Resolver chooses from. Raises NotCarriedError."""
    keys = spec.get("mixed_inputs", {}).get("input_keys")
    if keys:
        sources = [_source(node.inputs[key], node, ids, pipeline) for key in keys]
        if any(isinstance(each, dict) for each in sources):
            raise NotCarriedError("a union of queries has no place in a spec")
        return sources
    channels = spec.get("channels", [])
    found = [_channel(each, ids, pipeline) for each in channels]
    if len(found) == 1:
        return found[0]
    if not found or any(isinstance(each, dict) for each in found):
        raise NotCarriedError("a union of queries has no place in a spec")
    return found


def _channel(channel: Json, ids: Mapping[str, str], pipeline: str) -> Any:
    contexts = list(contexts_of(channel))
    produced = producer_of(channel)
    if produced is not None and any(kind == PIPELINE_RUN for kind, _ in contexts):
        return f"{ids[produced[0]]}.{produced[1]}"
    query: dict[str, Any] = {"artifact_type": channel["artifact_query"]["type"]["name"]}
    if channel["artifact_query"].get("property_predicate"):
        raise NotCarriedError("a query by properties has no place in a spec")
    other = next((name for kind, name in contexts if kind == PIPELINE), pipeline)
    service = channel.get("metadata_connection_config", {})
    if str(service.get("@type", "")).endswith(_SERVICE):
        other = service.get("name", other)
        if service.get("owner"):
            raise NotCarriedError("the owner of another pipeline has no place in a spec")
    if other not in ("", pipeline):
        query["pipeline"] = other
    made_by = next((name for kind, name in contexts if kind == NODE), "")
    producer = made_by.removeprefix(f"{other}.") if made_by else (produced[0] if produced else "")
    if producer:
        query["producer"] = ids.get(producer, producer) if other == pipeline else producer
        if channel.get("output_key"):
            query["output"] = channel["output_key"]
    return query
