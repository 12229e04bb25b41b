"""A node of an included spec → the same node in the pipeline around it: other names, other values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.pipeline.matrix import axis_text
from tfxc.schemas import plan_values
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.plan_values import form_of

Output = tuple[str, str]
"""A node and one of its outputs."""

_PARAMETER = "parameters."


@dataclass(frozen=True)
class Rewriting:
    """What stands in the place of what: of an output (none of one that is not given), and of a parameter."""

    outputs: Callable[[Output], tuple[Output, ...]]
    parameters: Mapping[str, Any]

    def node(self, node: PlanNode, **others: Any) -> PlanNode:
        """Returns a node with other outputs, values and fields; its ``upstream`` stays."""
        written = node.model_dump(mode="json")
        written.update(
            inputs=self._inputs(written["inputs"]),
            arguments=self._arguments(written["arguments"]),
            component=self.value(written["component"]),
            execution=self.value(written["execution"]),
            when=self._condition(written["when"]),
        )
        return PlanNode.model_validate_json(json.dumps({**written, **others}))

    def value(self, value: Any) -> Any:
        """Returns a value of the Plan with the values of parameters and of other outputs in it."""
        form, inner = form_of(value)
        if form == "reference" and inner.startswith(_PARAMETER):
            return self.parameters.get(inner[len(_PARAMETER) :], value)
        if form == "artifact_value":
            node, _, output = inner.rpartition(".")
            found = self.outputs((node, output))
            return plan_values.artifact_value(*found[0]) if found else value
        if form == "concatenation":
            return _joined(map(self.value, inner))
        if form == "path":
            return plan_values.path(self.value(inner))
        if form == "mapping":
            items = {key: self.value(each) for key, each in inner.items()}
            return items if inner is value else plan_values.mapping(items)
        return [self.value(each) for each in inner] if form == "sequence" else value

    def _inputs(self, inputs: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        changed = {}
        for name, sources in inputs.items():
            found = [each for source in sources for each in self._sources(source)]
            if found:
                changed[name] = found
        return changed

    def _sources(self, source: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "node" in source:
            for node, output in self.outputs((source["node"], source["output"])):
                yield {**source, "node": node, "output": output}
            return
        producer = source["producer"]
        if producer is not None and source["pipeline"] is None:
            found = self.outputs((producer, source["output"] or ""))
            producer, output = found[0] if found else (producer, "")
            source = {**source, "producer": producer, "output": output or source["output"]}
        filters = {key: self.value(source[key]) for key in ("properties", "custom_properties")}
        yield {**source, **filters}

    def _arguments(self, arguments: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {name: {**each, "value": self.value(each["value"])} for name, each in arguments.items()}

    def _condition(self, condition: Any) -> Any:
        """Returns a condition, or a part of one."""
        if isinstance(condition, list):
            return [self._condition(each) for each in condition]
        if not isinstance(condition, dict):
            return condition
        if "field" in condition:
            found = self.outputs((condition["node"], condition["output"]))
            node, output = found[0] if found else (condition["node"], condition["output"])
            named = {"name": self.value(condition["name"]), "arguments": self.value(condition["arguments"])}
            return {**condition, "node": node, "output": output, **named}
        return {
            key: self.value(each) if key in ("value", "truth") else self._condition(each)
            for key, each in condition.items()
        }


def read_nodes(node: PlanNode) -> frozenset[str]:
    """Returns the ids of the nodes whose outputs a node reads: as inputs, in its condition, as values."""
    written = node.model_dump(mode="json")
    found = {
        source["node"] for sources in written["inputs"].values() for source in sources if "node" in source
    }
    found |= set(_in_condition(written["when"]))
    for part in plan_values.parts([written["arguments"], written["component"]]):
        if part.form == "artifact_value":
            found.add(part.inner.rpartition(".")[0])
    return frozenset(found)


def _in_condition(condition: Any) -> Iterator[str]:
    if isinstance(condition, list):
        for each in condition:
            yield from _in_condition(each)
    elif isinstance(condition, dict):
        if "field" in condition:
            yield condition["node"]
        else:
            yield from _in_condition(list(condition.values()))


def _joined(parts: Iterable[Any]) -> Any:
    """Returns parts as one text, as far as they are known."""
    pieces: list[Any] = []
    for part in parts:
        form, inner = form_of(part)
        for piece in inner if form == "concatenation" else [part]:
            text = axis_text(piece) if isinstance(piece, (bool, int, float, str)) else None
            if text is not None and pieces and isinstance(pieces[-1], str):
                pieces[-1] += text
            elif text != "":
                pieces.append(piece if text is None else text)
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return pieces[0]
    return plan_values.concatenation(pieces) if pieces else ""
