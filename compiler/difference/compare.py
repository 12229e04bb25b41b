"""What is different between two Plans, and which nodes a run will therefore do again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tfxc.schemas.plan import Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_graph import plan_graph
from tfxc.schemas.plan_places import node_values
from tfxc.schemas.plan_values import references_in
from tfxc.schemas.spec_values import spec_value

ABSENT = object()
"""The value of what is on one side only."""

_WAITS = "waits for"
_OUTSIDE_OF_KEY = ("execution", "when", _WAITS)
"""Parts of a node that are not part of its cache key, but for Beam's arguments and whether it has one."""
_PIPELINE_FIELDS = (
    "name",
    "description",
    "tfx",
    "pipeline_root",
    "metadata",
    "beam_pipeline_args",
    "on_exit",
)
_OF_EVERY_KEY = ("name", "tfx", "metadata", "beam_pipeline_args")
"""Sections that change the cache key of every node, or where it is looked up."""


@dataclass(frozen=True)
class Change:
    """One value that is another: where, as the spec writes it, from what and to what. `ABSENT` is nothing."""

    place: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True)
class NodeChange:
    """What became of one node. ``before`` is what it was called, of one that is renamed."""

    kind: Literal["added", "removed", "renamed", "changed"]
    node: str
    type: str
    changes: tuple[Change, ...] = ()
    before: str | None = None


@dataclass(frozen=True)
class Difference:
    """What is different. ``again`` are the nodes that no run of the old Plan spares the new one, in order."""

    pipeline: tuple[Change, ...]
    parameters: tuple[Change, ...]
    nodes: tuple[NodeChange, ...]
    again: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.pipeline or self.parameters or self.nodes)


def difference(old: Plan, new: Plan) -> Difference:
    """Compares two Plans. Where a node stands in a file, and who compiled it, is no difference."""
    renamed = _renamed(old, new)
    olds = {node.id: node for node in old.nodes}
    found: list[NodeChange] = []
    for node in new.nodes:
        before = renamed.get(node.id, node.id)
        if before not in olds:
            found.append(NodeChange("added", node.id, node.component.type))
            continue
        changes = tuple(_node_changes(old, olds[before], new, node, renamed))
        if before != node.id:
            found.append(NodeChange("renamed", node.id, node.component.type, changes, before))
        elif changes:
            found.append(NodeChange("changed", node.id, node.component.type, changes))
    kept = {renamed.get(node.id, node.id) for node in new.nodes}
    found += [
        NodeChange("removed", id_, node.component.type) for id_, node in olds.items() if id_ not in kept
    ]
    pipeline = tuple(_pipeline_changes(old, new))
    parameters = tuple(changes_between(_parameters(old), _parameters(new), ()))
    return Difference(pipeline, parameters, tuple(found), _again(new, found, pipeline, parameters))


def _renamed(old: Plan, new: Plan) -> dict[str, str]:
    """Returns new name → old name of nodes that are the same but for it, and have one counterpart."""
    gone = [node for node in old.nodes if all(node.id != each.id for each in new.nodes)]
    come = [node for node in new.nodes if all(node.id != each.id for each in old.nodes)]
    names: dict[str, str] = {}
    for node in come:  # in topological order: what a node reads is known before it
        alike = [
            each
            for each in gone
            if each.id not in names.values() and _content(old, each, {}) == _content(new, node, names)
        ]
        if len(alike) == 1:
            names[node.id] = alike[0].id
    return names


def _content(plan: Plan, node: PlanNode, names: Mapping[str, str]) -> Any:
    """Returns what a node is, whatever it is called; ``names`` are those of the nodes that it reads."""
    return (_component(node), _arguments(node), _inputs(node, names), node.outputs, plan.code_sha256(node))


def _node_changes(
    old: Plan, before: PlanNode, new: Plan, after: PlanNode, names: Mapping[str, str]
) -> Iterator[Change]:
    one, other = _described(before, {}), _described(after, names)
    yield from changes_between(one, other, ())
    codes = old.code_sha256(before), new.code_sha256(after)
    if codes[0] != codes[1]:
        modules = sorted({each.import_name for each in (*before.modules(), *after.modules())})
        yield Change(("code",), ", ".join(modules), "other code, or other data that travel with it")


def _described(node: PlanNode, names: Mapping[str, str]) -> dict[str, Any]:
    """Returns what is told of a node, as nested values."""
    execution = node.execution.model_dump(mode="json")
    dumped: dict[str, Any] = {
        **_component(node),
        **_arguments(node),
        **_inputs(node, names),
        "execution": {name: spec_value(value) for name, value in execution.items()},
        "outputs": dict(node.outputs),
    }
    if node.when is not None:
        dumped["when"] = condition_text(node.when.model_dump(mode="json"), names)
    waits = sorted(names.get(each, each) for each in node.upstream)
    return {**dumped, _WAITS: ", ".join(waits)}


def _component(node: PlanNode) -> dict[str, Any]:
    dumped = node.component.model_dump(mode="json", exclude={"kind", "module", "class_path"})
    executor = dumped.get("executor")
    if isinstance(executor, dict):
        dumped["executor"] = executor.get("class_name")
    return {name: spec_value(value) for name, value in dumped.items() if value is not None}


def _arguments(node: PlanNode) -> dict[str, Any]:
    return {name: spec_value(argument.value) for name, argument in node.arguments.items()}


def _inputs(node: PlanNode, names: Mapping[str, str]) -> dict[str, Any]:
    """Returns the channels of a node as texts."""
    texts: dict[str, Any] = {}
    for name, sources in node.inputs.items():
        listed = [
            f"{names.get(source.node, source.node)}.{source.output}"
            if isinstance(source, PlanChannel)
            else str({key: value for key, value in source.model_dump(mode="json").items() if value})
            for source in sources
        ]
        texts[name] = listed[0] if len(listed) == 1 else listed
    return texts


def condition_text(condition: Any, names: Mapping[str, str]) -> str:
    """Returns a condition's dumped form as a spec would write it, nearly: for people to compare."""
    if "terms" in condition:
        terms = [condition_text(each, names) for each in condition["terms"]]
        if condition["operator"] == "not":
            return f"not ({terms[0]})"
        return f" {condition['operator']} ".join(f"({term})" for term in terms)
    if "truth" in condition:
        return str(spec_value(condition["truth"]))
    return (
        f"{_operand(condition['left'], names)} {condition['operator']} {_operand(condition['right'], names)}"
    )


def _operand(operand: Any, names: Mapping[str, str]) -> str:
    if "node" not in operand:
        value = spec_value(operand["value"])
        return f'"{value}"' if isinstance(value, str) and not value.startswith("{{") else str(value)
    field, name = str(operand["field"]), operand.get("name")
    artifact = f"{names.get(operand['node'], operand['node'])}.{operand['output']}"
    plural = {"property": "properties", "custom_property": "custom_properties"}.get(field)
    if plural is not None:
        return f"{artifact}.{plural}.{name}"
    if name is None:
        return f"{artifact}.{field}"
    given = "".join(f', {key}="{value}"' for key, value in (operand.get("arguments") or {}).items())
    return f'{artifact}.{field}("{name}"{given})'


def _parameters(plan: Plan) -> dict[str, Any]:
    return {each.name: each.model_dump(mode="json", exclude={"name"}) for each in plan.parameters}


def _pipeline_changes(old: Plan, new: Plan) -> Iterator[Change]:
    fields = set(_PIPELINE_FIELDS)
    one, other = (
        {
            name: spec_value(value)
            for name, value in plan.model_dump(mode="json", include=fields).items()
            if value not in (None, "", [])
        }
        for plan in (old, new)
    )
    yield from changes_between(one, other, ())
    backends = [{name: spec_value(value) for name, value in plan.backends.items()} for plan in (old, new)]
    yield from changes_between(backends[0], backends[1], ("backends",))


def changes_between(old: Any, new: Any, place: tuple[str, ...]) -> Iterator[Change]:
    """Yields the innermost values that differ. Lists of other lengths, and what is on one side, are whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from changes_between(old.get(name, ABSENT), new.get(name, ABSENT), (*place, str(name)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from changes_between(one, other, (*place[:-1], f"{place[-1] if place else ''}[{index}]"))
    elif type(old) is not type(new) or old != new:
        yield Change(place, old, new)


def _again(
    new: Plan, found: list[NodeChange], pipeline: tuple[Change, ...], parameters: tuple[Change, ...]
) -> tuple[str, ...]:
    import networkx as nx

    if any(change.place[0] in _OF_EVERY_KEY for change in pipeline):
        return tuple(node.id for node in new.nodes)
    values = {
        f"parameters.{change.place[0]}" for change in parameters if change.place[1:] in ((), ("default",))
    }
    starts = {
        each.node
        for each in found
        if each.kind in ("added", "renamed")
        or (each.kind == "changed" and any(map(_is_in_key, each.changes)))
    }
    starts |= {node.id for node in new.nodes if values & set(_references(node))}
    graph = plan_graph(new)
    reading: nx.DiGraph[str] = nx.DiGraph()
    reading.add_nodes_from(graph)
    reading.add_edges_from(edge for edge in graph.edges if graph.edges[edge]["reads"])
    below = starts.union(*(nx.descendants(reading, start) for start in starts))
    return tuple(node.id for node in new.nodes if node.id in below)


def _is_in_key(change: Change) -> bool:
    if change.place[:2] in (("execution", "beam_pipeline_args"), ("execution", "cache")):
        return True
    return change.place[0] not in _OUTSIDE_OF_KEY


def _references(node: PlanNode) -> Iterator[str]:
    for placed in node_values(node):
        if placed.place[len(node.origin)] in ("when", "execution"):
            continue
        yield from references_in(placed.value)
