"""A difference as text, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.difference.compare import ABSENT, Change, Difference, NodeChange
from tfxc.compiler.difference.secrets import shown

_SIGNS = {"added": "+", "removed": "-", "renamed": ">", "changed": "~"}
LONGEST = 100
"""Characters of a value that are shown to people."""


def as_text(found: Difference, secrets: frozenset[str]) -> str:
    """Returns a difference for a terminal; "" if there is none."""
    lines: list[str] = []
    for title, changes in (("pipeline", found.pipeline), ("parameters", found.parameters)):
        if changes:
            lines += [title, *(f"    {change_line(each, secrets)}" for each in changes)]
    for node in found.nodes:
        lines.append(f"{_SIGNS[node.kind]} {_title(node)}")
        lines += [f"    {change_line(each, secrets)}" for each in node.changes]
    if found:
        lines.append(_again(found))
    return "".join(f"{line}\n" for line in lines)


def as_markdown(found: Difference, secrets: frozenset[str], title: str) -> str:
    """Returns a difference for a comment on a pull request."""
    lines = [f"### {title}", ""]
    if not found:
        return "\n".join([*lines, "The pipeline is the same.", ""])
    for name, changes in (("The pipeline", found.pipeline), ("Parameters", found.parameters)):
        if changes:
            lines += [f"- **{name}**", *(f"  - {_markdown_line(each, secrets)}" for each in changes)]
    for node in found.nodes:
        what = f"renamed, it was {_code(node.before)}" if node.before is not None else node.kind
        lines.append(f"- **{_code(node.node)}** ({node.type}): {what}")
        lines += [f"  - {_markdown_line(each, secrets)}" for each in node.changes]
    return "\n".join([*lines, "", f"{_again(found, markdown=True)}", ""])


def as_json(found: Difference, secrets: frozenset[str]) -> dict[str, Any]:
    """Returns a difference as JSON values. What is on one side only lacks ``from`` or ``to``."""
    return {
        "version": 1,
        "same": not found,
        "pipeline": [_json(each, secrets) for each in found.pipeline],
        "parameters": [_json(each, secrets) for each in found.parameters],
        "components": [
            {
                "id": node.node,
                "type": node.type,
                "kind": node.kind,
                "before": node.before,
                "changes": [_json(each, secrets) for each in node.changes],
            }
            for node in found.nodes
        ],
        "runs_again": list(found.again),
    }


def _json(change: Change, secrets: frozenset[str]) -> dict[str, Any]:
    sides = (("from", change.old), ("to", change.new))
    values = {name: shown(value, change.place, secrets) for name, value in sides if value is not ABSENT}
    return {"place": list(change.place), **values}


def _title(node: NodeChange) -> str:
    was = f", was {node.before}" if node.before is not None else ""
    return f"{node.node} ({node.type}){was}"


def change_line(change: Change, secrets: frozenset[str]) -> str:
    place = ".".join(change.place)
    if change.place == ("code",):
        return f"code: {change.new}: {change.old}"
    old, new = (_value(value, change, secrets) for value in (change.old, change.new))
    if change.old is ABSENT:
        return f"{place}: now {new}"
    return f"{place}: no longer {old}" if change.new is ABSENT else f"{place}: {old} → {new}"


def _markdown_line(change: Change, secrets: frozenset[str]) -> str:
    place = _code(".".join(change.place))
    if change.place == ("code",):
        return f"code: {change.new}: {_code(str(change.old))}"
    old, new = (_code(_value(value, change, secrets)) for value in (change.old, change.new))
    if change.old is ABSENT:
        return f"{place}: now {new}"
    return f"{place}: no longer {old}" if change.new is ABSENT else f"{place}: {old} → {new}"


def _value(value: Any, change: Change, secrets: frozenset[str]) -> str:
    if value is ABSENT:
        return ""
    safe = shown(value, change.place, secrets)
    text = safe if isinstance(safe, str) and safe else json.dumps(safe, ensure_ascii=False)
    hidden = change.old is not ABSENT and change.new is not ABSENT and text == _other(value, change, secrets)
    text = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return f"another {text[3:-1]}" if hidden and value is change.new else text


def _other(value: Any, change: Change, secrets: frozenset[str]) -> str:
    other = change.old if value is change.new else change.new
    safe = shown(other, change.place, secrets)
    return safe if isinstance(safe, str) and safe else json.dumps(safe, ensure_ascii=False)


def _code(text: str | None) -> str:
    """Returns a text as Markdown's code, whatever is in it."""
    one_line = " ".join((text or "").split("\n"))
    fence = "`"
    while fence in one_line:
        fence += "`"
    pad = " " if one_line.startswith("`") or one_line.endswith("`") or not one_line else ""
    return f"{fence}{pad}{one_line}{pad}{fence}"


def _again(found: Difference, markdown: bool = False) -> str:
    names = ", ".join(_each(found.again, markdown))
    return f"runs again: {names}" if names else "runs again: nothing, all can be re-used"


def _each(names: tuple[str, ...], markdown: bool) -> Iterator[str]:
    yield from (_code(name) if markdown else name for name in names)
