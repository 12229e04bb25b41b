"""What people call the nodes of a Plan: by id, by label, by a part of the values in a label, by group."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from tfxc.schemas.plan import Plan, PlanNode

_LABEL = re.compile(r"(?P<component>[^\[\]]+)\[(?P<values>.*)\]", re.DOTALL)


def names_of(node: PlanNode) -> tuple[str, ...]:
    """Returns the names that settings of a node can stand under, the one of this node alone first."""
    return tuple(dict.fromkeys(name for name in (node.id, node.label, node.group) if name is not None))


def nodes_named(plan: Plan, name: str) -> tuple[str, ...]:
    """Returns the ids of the nodes that a name means, in the Plan's order; none if it means none.

    It is a node's id or label, a group (all nodes in it), a label with some of its values, such as
    ``trainer[rome]``, or an id with ``*`` in it, such as ``north.*``.
    """
    exact = tuple(node.id for node in plan.nodes if name in (node.id, node.label))
    if exact:
        return exact
    groups = {group.id: group for group in plan.groups}
    meant = {group.id for group in plan.groups if name in (group.id, group.label)}
    for group in plan.groups:  # each stands behind the one that it lies in
        if group.parent in meant:
            meant.add(group.id)
    in_groups = tuple(node.id for node in plan.nodes if node.group in meant and node.group in groups)
    if in_groups:
        return in_groups
    if "[" not in name:
        return tuple(node.id for node in plan.nodes if "*" in name and fnmatchcase(node.id, name))
    return tuple(node.id for node in plan.nodes if _has_values(node.label, name))


def _has_values(label: str, name: str) -> bool:
    """Whether a label has all the values of another of the same component, in any order."""
    own, wanted = _LABEL.fullmatch(label), _LABEL.fullmatch(name)
    if own is None or wanted is None or own["component"] != wanted["component"]:
        return False
    values = own["values"].split(",")
    return all(value.strip() in ("*", *values) for value in wanted["values"].split(","))
