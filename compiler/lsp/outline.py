"""The outline of a spec, what of it can be folded, and what stands in it beside the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tfxc.compiler.language.condition_tokens import ConditionError, tokenize
from tfxc.compiler.language.references import has_braces, parse_template
from tfxc.compiler.lsp.names import written_part
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.texts import is_prose
from tfxc.compiler.source.tree import Entry, SourceNode, entries_below, find

_SECTIONS = ("components", "parameters", "environments", "backends")
SymbolKind = Literal["section", "component", "parameter", "environment", "backend", "key"]


@dataclass(frozen=True)
class Symbol:
    """A part of the outline: the characters ``[start, end)`` of the text, its key first."""

    name: str
    kind: SymbolKind
    detail: str
    start: int
    end: int
    key_end: int
    children: tuple[Symbol, ...] = ()


TokenType = Literal["parameter", "namespace", "property", "operator", "number", "string", "keyword", "macro"]


@dataclass(frozen=True)
class Highlight:
    """What some characters of the text are."""

    start: int
    end: int
    type: TokenType


@dataclass(frozen=True)
class Hint:
    """A text to show behind a character of the text."""

    offset: int
    text: str


def outline(tree: SourceNode) -> tuple[Symbol, ...]:
    """Returns the keys of a document, and below its sections what these hold."""
    return tuple(_symbol(key, entry) for key, entry in tree.value.items())


def _symbol(key: str, entry: Entry) -> Symbol:
    node = entry.node
    children: tuple[Symbol, ...] = ()
    if key in _SECTIONS and node.kind == "mapping":
        children = tuple(_child(key, name, each) for name, each in node.value.items())
    detail = str(node.value) if node.kind == "scalar" and node.value is not None else ""
    return _placed(key, "section" if children else "key", detail, entry, children)


def _child(section: str, name: str, entry: Entry) -> Symbol:
    values = entry.node.value if entry.node.kind == "mapping" else {}
    detail = str(values["type"].node.value) if "type" in values else ""
    kind: SymbolKind = {  # type: ignore[assignment]  # the four names
        "components": "component",
        "parameters": "parameter",
        "environments": "environment",
        "backends": "backend",
    }[section]
    return _placed(name, kind, detail, entry, ())


def _placed(name: str, kind: SymbolKind, detail: str, entry: Entry, children: tuple[Symbol, ...]) -> Symbol:
    end = max(entry.node.written_end, entry.key.end)
    return Symbol(name, kind, detail, entry.key.start, end, entry.key.end, children)


def folds(lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Returns the first and last lines (from 0) of what can be folded: blocks, told by indentation, and
    runs of comments. A text that does not parse folds too."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []
    last = -1
    comment = -1
    for number, line in enumerate([*lines, "end"]):
        stripped = line.strip()
        if stripped.startswith("#"):
            comment = number if comment < 0 else comment
            continue
        if comment >= 0 and number - comment > 1:
            found.append((comment, number - 1))
        comment = -1
        if not stripped:
            continue
        indentation = len(line) - len(line.lstrip(" "))
        while opened and opened[-1][0] >= indentation:
            _, first = opened.pop()
            if last > first:
                found.append((first, last))
        opened.append((indentation, number))
        last = number
    return tuple(sorted(found))


def highlights(tree: SourceNode) -> tuple[Highlight, ...]:
    """Returns what is more than YAML in a document: its references and its conditions."""
    found = {each.start: each for each in _highlights(tree) if each.end > each.start}
    return tuple(found[start] for start in sorted(found))


def _highlights(tree: SourceNode) -> Iterator[Highlight]:
    for path, (_, node) in entries_below(Entry(tree, tree)):
        if node.kind != "scalar" or not isinstance(node.value, str) or is_prose(path):
            continue
        if path[-1:] == ("when",) and "components" in path:
            yield from _condition(node)
        elif has_braces(node.value):
            yield from _reference(node)


def _reference(node: SourceNode) -> Iterator[Highlight]:
    for reference in parse_template(node.value).references:
        name = node.value.find(reference.target.split(".")[0], reference.start)
        whole = (reference.start, name), (name, name + len(reference.target))
        for part, kind in zip(
            (*whole, (whole[1][1], reference.end)), ("macro", "parameter", "macro"), strict=True
        ):
            yield from _placed_highlight(node, part, kind)  # type: ignore[arg-type]  # the words above


def _condition(node: SourceNode) -> Iterator[Highlight]:
    try:
        tokens = tokenize(node.value)
    except ConditionError:
        return
    kinds: dict[str, TokenType] = {
        "number": "number",
        "text": "string",
        "reference": "parameter",
        "operator": "operator",
        "selection": "parameter",
    }
    for index, token in enumerate(tokens):
        kind = kinds.get(token.kind)
        if token.kind == "name":
            is_first = index == 0 or tokens[index - 1].text != "."
            words = token.text in ("and", "or", "not", "true", "false")
            kind = "keyword" if words and is_first else "namespace" if is_first else "property"
        if kind is not None:
            yield from _placed_highlight(node, (token.start, token.end), kind)


def _placed_highlight(node: SourceNode, part: tuple[int, int], kind: TokenType) -> Iterator[Highlight]:
    place = written_part(node, part)
    if place is not None and "\n" not in node.source.text[slice(*place)]:
        yield Highlight(*place, kind)


def artifact_hints(tree: SourceNode, pipeline: Pipeline) -> tuple[Hint, ...]:
    """Returns the artifact types of the channels that a file's components read, each behind its channel."""
    components = tree.value.get("components")
    if components is None or components.node.kind != "mapping":
        return ()
    found = []
    for channel in pipeline.channels:
        entries, is_there = find(tree, channel.path)
        node = entries[-1].node
        if not is_there or channel.node is None or channel.output is None or node.value != channel.text:
            continue
        type_name = pipeline.artifact_type(channel.node, channel.output)
        if type_name is not None and node.source is tree.source:
            found.append(Hint(node.end, type_name))
    return tuple(found)
