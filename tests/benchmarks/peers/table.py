"""The Markdown of what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.benchmarks.peers.tool import Command, Tool

BEGINS, ENDS = "<!-- written by tests.benchmarks.peers -->", "<!-- to here -->"


def rendered(result: Mapping[str, Any], tools: Sequence[Tool]) -> str:
    """Returns the tables of a result, which is as the JSON file has it."""
    parts = [_facts(result), _commands(result, tools)]
    if result.get("lsp"):
        parts.append(_lsp(result["lsp"]))
    return "\n\n".join(parts)


def put_into(page: str, tables: str) -> str:
    """Returns a page with its tables replaced. Raises ValueError if it has no place for them."""
    before, found, rest = page.partition(f"{BEGINS}\n")
    _, also_found, after = rest.partition(f"{ENDS}\n")
    if not (found and also_found):
        raise ValueError(f"the page has no {BEGINS} … {ENDS}")
    return f"{before}{BEGINS}\n\n{tables}\n\n{ENDS}\n{after}"


def _facts(result: Mapping[str, Any]) -> str:
    facts = result["facts"]
    versions = ", ".join(f"{package} {version}" for package, version in result["versions"].items())
    left_out = "".join(f" {name} could not be installed: {why}." for name, why in result["left_out"].items())
    return (
        f"Measured on {facts['cores']} cores{facts['note']} with Python {facts['python']}, up to"
        f" {facts['repeat']} starts each: {versions}.{left_out}"
    )


def _commands(result: Mapping[str, Any], tools: Sequence[Tool]) -> str:
    rows = {(row["tool"], row["command"], row["nodes"]): row for row in result["rows"]}
    sizes = sorted({nodes for _, _, nodes in rows})
    table = [
        ["wall / CPU, s", *(f"{nodes:,} nodes" for nodes in sizes), "CPU, times tfxc's", "what it does"],
        ["---"] * (len(sizes) + 3),
    ]
    for tool, command in ((each, command) for each in tools for command in each.commands):
        found = [rows.get((tool.name, command.name, nodes)) for nodes in sizes]
        if not any(found):
            continue
        ours = [rows.get(("tfxc", command.beside, nodes)) for nodes in sizes]
        table.append(
            [
                _title(tool, command),
                *map(_cell, found),
                f"{_ratios(found, ours)} of `{command.beside}`" if command.beside else "",
                command.does,
            ]
        )
    return _markdown(table)


def _title(tool: Tool, command: Command) -> str:
    name = command.name if tool.name.lower() in command.name.lower() else f"{tool.name} {command.name}"
    return f"`{name}`" if command.arguments[0] != "python" else name


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return row["problem"] or f"{_seconds(row['wall'])} / {_seconds(row['cpu'])}"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _ratios(theirs: Iterable[Mapping[str, Any] | None], ours: Iterable[Mapping[str, Any] | None]) -> str:
    shown = []
    for one, two in zip(theirs, ours, strict=True):
        if one is None or two is None or one["cpu"] is None or two["cpu"] is None:
            shown.append("—")
        else:
            ratio = one["cpu"] / two["cpu"]
            shown.append(f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}")
    return ", ".join(shown)


def _lsp(lsp: Mapping[str, Any]) -> str:
    table = [[f"`tfxc lsp`, {lsp['nodes']:,} nodes", "median, ms", "95 %, ms"], ["---"] * 3]
    table += [[each["request"], f"{each['median']:.1f}", f"{each['most']:.1f}"] for each in lsp["requests"]]
    text = _markdown(table)
    if lsp["memory"]:
        told = ", ".join(f"{each['mebibytes']:.0f} after {each['edits']:,}" for each in lsp["memory"])
        text += f"\n\nMemory of the server over edits that are each analysed, MiB: {told}."
    return text


def _markdown(table: Iterable[Sequence[str]]) -> str:
    return "\n".join(
        f"| {' | '.join(cells)} |".replace("| --- ", "|---").replace("|--- |", "|---|") for cells in table
    )
