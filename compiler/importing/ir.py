"""TFX's IR as protobuf writes it to JSON, with the names of its fields: what `tfxc import` reads of it.

Mirrors ``tfx/proto/orchestration/pipeline.proto`` and ``executable_spec.proto``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
"""A message as protobuf's JSON: unset fields are not there, and 64-bit integers are texts."""

PIPELINE = "pipeline"
PIPELINE_RUN = "pipeline_run"
NODE = "node"
_BEGIN, _END = ".Pipeline_begin", ".Pipeline_end"


@dataclass(frozen=True)
class Executor:
    """What runs a node: a class (``package.module.Class``), or a container's JSON."""

    class_path: str | None = None
    beam_arguments: tuple[Json, ...] | None = None
    container: Json | None = None


@dataclass(frozen=True)
class IrNode:
    """One node. Of a pipeline inside this one it is the node that begins it, and ``inner`` that pipeline."""

    json: Json
    executor: Executor
    platform: Json | None
    inner: Inner | None = None

    @property
    def id(self) -> str:
        return str(self.json["node_info"]["id"])

    @property
    def type_name(self) -> str:
        """``package.module.Class`` of the component."""
        return str(self.json["node_info"].get("type", {}).get("name", ""))

    @property
    def parameters(self) -> Mapping[str, Json]:
        """Execution property → its Value."""
        found: Mapping[str, Json] = self.json.get("parameters", {}).get("parameters", {})
        return found

    @property
    def inputs(self) -> Mapping[str, Json]:
        """Input key → its InputSpec, hidden ones too."""
        found: Mapping[str, Json] = self.json.get("inputs", {}).get("inputs", {})
        return found

    @property
    def graphs(self) -> Mapping[str, Json]:
        """The graphs that choose among inputs, by their ids."""
        found: Mapping[str, Json] = self.json.get("inputs", {}).get("input_graphs", {})
        return found

    @property
    def outputs(self) -> Mapping[str, Json]:
        """Output key → its artifact spec."""
        specs = self.json.get("outputs", {}).get("outputs", {})
        return {key: spec.get("artifact_spec", {}) for key, spec in specs.items()}

    @property
    def conditions(self) -> list[Json]:
        """The placeholder expressions that must all be true."""
        conditionals = self.json.get("inputs", {}).get("conditionals", {})
        return [conditionals[key]["placeholder_expression"] for key in sorted(conditionals)]

    @property
    def upstream(self) -> list[str]:
        return list(self.json.get("upstream_nodes", []))

    @property
    def options(self) -> Json:
        return self.json.get("execution_options", {})

    @property
    def is_cached(self) -> bool:
        return bool(self.options.get("caching_options", {}).get("enable_cache", False))


@dataclass(frozen=True)
class Inner:
    """A pipeline inside another: its IR without the nodes that begin and end it, those nodes' ids, and what
    it reads (key → artifact type) and gives (key → its channel)."""

    name: str
    json: Json
    begin: str
    end: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, Json]


@dataclass(frozen=True)
class Ir:
    """A pipeline. ``inner`` are the names of pipelines inside it that are not understood."""

    json: Json
    nodes: tuple[IrNode, ...]
    inner: tuple[str, ...]

    @property
    def name(self) -> str:
        return str(self.json["pipeline_info"]["id"])

    @property
    def pipeline_root(self) -> Json | None:
        return self.json.get("runtime_spec", {}).get("pipeline_root")

    @property
    def deployment(self) -> Json:
        return self.json.get("deployment_config", {})


def read_ir(json: Json) -> Ir:
    """Returns an IR with its nodes in their order. Raises KeyError if it is none."""
    deployment = json.get("deployment_config", {})
    executors = deployment.get("executor_specs", {})
    platforms = deployment.get("node_level_platform_configs", {})
    nodes, inner = [], []
    for entry in json.get("nodes", []):
        node = entry.get("pipeline_node")
        found = _inner(entry.get("sub_pipeline"))
        if found is not None:
            begin, made = found
            nodes.append(IrNode(begin, Executor(), None, made))
            continue
        if node is None:
            inner.append(str(entry.get("sub_pipeline", {}).get("pipeline_info", {}).get("id", "?")))
            continue
        name = node["node_info"]["id"]
        nodes.append(IrNode(node, _executor(executors.get(name, {})), platforms.get(name)))
    return Ir(json, tuple(nodes), tuple(inner))


def _inner(pipeline: Json | None) -> tuple[Json, Inner] | None:
    """Returns the node that begins a pipeline inside another, and that; None if it is none of TFX's."""
    entries = (pipeline or {}).get("nodes", [])
    types = [
        each.get("pipeline_node", {}).get("node_info", {}).get("type", {}).get("name", "") for each in entries
    ]
    first = next((index for index, name in enumerate(types) if name.endswith(_BEGIN)), None)
    last = next((index for index, name in enumerate(types) if name.endswith(_END)), None)
    if pipeline is None or first is None or last is None:
        return None
    begin, end = entries[first]["pipeline_node"], entries[last]["pipeline_node"]
    read = {
        key: spec["artifact_spec"]["type"]["name"]
        for key, spec in begin.get("outputs", {}).get("outputs", {}).items()
    }
    given = {
        key: spec["channels"][0]
        for key, spec in end.get("inputs", {}).get("inputs", {}).items()
        if len(spec.get("channels", [])) == 1 and not spec.get("hidden")
    }
    kept = [each for index, each in enumerate(entries) if index not in (first, last)]
    name = str(pipeline["pipeline_info"]["id"])
    ids = begin["node_info"]["id"], end["node_info"]["id"]
    return begin, Inner(name, {**pipeline, "nodes": kept}, *ids, read, given)


def _executor(spec: Json) -> Executor:
    kind = str(spec.get("@type", "")).rpartition(".")[2]
    if kind == "BeamExecutableSpec":
        arguments = spec.get("beam_pipeline_args_placeholders") or spec.get("beam_pipeline_args", [])
        return Executor(spec.get("python_executor_spec", {}).get("class_path"), tuple(arguments))
    if kind == "ContainerExecutableSpec":
        return Executor(container=spec)
    return Executor(spec.get("class_path"))


def producer_of(channel: Json) -> tuple[str, str] | None:
    """Returns the node and output of a channel of this run; None of one that asks ML Metadata."""
    node = channel.get("producer_node_query", {}).get("id")
    if node is None or not channel.get("output_key"):
        return None
    return str(node), str(channel["output_key"])


def contexts_of(channel: Json) -> Iterator[tuple[str, str]]:
    """Yields the types and the names of the contexts that a channel looks in; "" of a name that a run has."""
    for query in channel.get("context_queries", []):
        name = query.get("name", {}).get("field_value", {}).get("string_value", "")
        yield query.get("type", {}).get("name", ""), name
