"""What a run would do, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tfxc.backends.local.dry_run.outlook import NodeOutlook
from tfxc.compiler.dry_run.reasons import Told, reasons

_STATES = {"not_run": "not run"}
_COUNTED = {"cached": "cached", "runs": "to run", "unknown": "unknown", "skipped": "skipped"}


def as_text(found: tuple[NodeOutlook, ...], told: Told) -> str:
    """Returns a table for people: a line for each node, and one for each further reason."""
    labels = [told.plan.node(each.node).label for each in found]
    width = max((len(label) for label in labels), default=0)
    lines = [f"{told.plan.name}: what a run would do; nothing was run or written"]
    for label, each in zip(labels, found, strict=True):
        first, *others = reasons(each, told) or ("",)
        lines.append(f"  {label:<{width}}  {_STATES.get(each.state, each.state):<7}  {first}".rstrip())
        lines += [f"  {'':<{width}}  {'':<7}  {other}" for other in others]
    return "\n".join([*lines, _counts(found), ""])


def _counts(found: tuple[NodeOutlook, ...]) -> str:
    counts: Counter[str] = Counter(each.state for each in found)
    parts = [f"{counts[state]} {word}" for state, word in _COUNTED.items() if counts[state]]
    bad = counts["fails"] + counts["not_run"]
    return ", ".join([*parts, *([f"{bad} that cannot run"] if bad else [])])


def as_json(found: tuple[NodeOutlook, ...], told: Told) -> dict[str, Any]:
    """Returns the same as JSON values."""
    return {
        "version": 1,
        "pipeline": told.plan.name,
        "nodes": [_node(each, told) for each in found],
    }


def _node(outlook: NodeOutlook, told: Told) -> dict[str, Any]:
    earlier = outlook.result.earlier if outlook.result is not None else None
    node = told.plan.node(outlook.node)
    return {
        "node": outlook.node,
        "label": node.label,
        "type": node.component.type,
        "state": outlook.state,
        "selected": outlook.selected,
        "reasons": list(reasons(outlook, told)),
        "until": list(outlook.until),
        "new_inputs": dict(outlook.new_from),
        "earlier_run": (earlier.run_id or None) if earlier is not None else None,
        "earlier_execution": earlier.execution_id if earlier is not None else None,
    }
