"""YAML text → a tree of values with their positions.

The text is composed by libyaml where PyYAML has it and by PyYAML's own parser where not; both give
the same tree. Scalars are resolved by YAML 1.2's rules (see `tfxc.compiler.source.scalars`). Aliases and
merge keys (``<<``) are supported; tags beyond YAML's own scalar and collection tags are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tfxc.compiler.source.compose import DEEPEST_NESTING, compose
from tfxc.compiler.source.scalars import Refused, resolve_float, resolve_integer, resolve_plain
from tfxc.compiler.source.tree import Entry, Source, SourceNode
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Fix, Label, Span

MOST_ALIASED_VALUES = 100_000
"""Values that a document's aliases may add to those written in it."""

_REFERENCE = re.compile(r"\{\{ *[\w.-]+ *\}\}", re.ASCII)
_TAG = "tag:yaml.org,2002:"


def parse_yaml(
    text: str, file: str, folder: Path | None = None
) -> tuple[SourceNode | None, tuple[Diagnostic, ...]]:
    """Parses the text of one spec.

    Returns the tree, and everything that is wrong with the YAML. The tree is None where there is
    none to go on with: a syntax error, an empty document, a document that is not a mapping.
    ``folder`` is where the text's relative paths start (the file's own folder by default).
    """
    source = Source(file, text, folder if folder is not None else Path(file).parent)
    try:
        root = compose(source)
    except yaml.YAMLError as error:
        from tfxc.compiler.source.errors import describe

        return None, (describe(error, source),)
    builder = _Builder(source)
    if root is None:
        builder.report("Y009", "the file is empty", source.span(0, 0), help=_EMPTY_HELP)
        return None, tuple(builder.diagnostics)
    tree = builder.build(root)
    return (tree if _is_usable(tree, builder) else None), tuple(builder.diagnostics)


_EMPTY_HELP = ("start with `version: 1`, `name:` and `components:`",)


def _is_usable(tree: SourceNode, builder: _Builder) -> bool:
    """Whether a document can be gone on with; reports why if its root is the reason."""
    if tree.kind != "mapping":
        kinds = {"sequence": "a list", "scalar": "a single value" if tree.value is not None else "empty"}
        message = f"a spec is a mapping of keys, and this document is {kinds[tree.kind]}"
        builder.report("Y009", message, tree.source.span(tree.start, tree.start + 1), help=_EMPTY_HELP)
        return False
    too_much = builder.too_much(tree)
    if too_much is not None:
        first = tree.value[next(iter(tree.value))].key.span if tree.value else tree.span
        builder.report("Y005", too_much, first, help=("write the values out that the aliases repeat",))
        return False
    return not builder.broken


class _Builder:
    """Turns PyYAML's nodes into a `SourceNode` tree and collects what is wrong with them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.diagnostics: list[Diagnostic] = []
        self.broken = False
        self._has_aliases = "*" in source.text
        self._built: dict[int, SourceNode] = {}
        self._extents: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()

    def build(self, node: yaml.Node, depth: int = 0) -> SourceNode:
        """Returns the tree of a composed node. A node seen before (an alias) is built once."""
        if not self._has_aliases:
            return self._build(node, depth)
        built = self._built.get(id(node))
        if built is None:
            if id(node) in self._open:
                return self._refused_alias(node)
            self._open.add(id(node))
            built = self._build(node, depth)
            self._open.discard(id(node))
            self._built[id(node)] = built
            self._extents[id(built)] = self._extent(built)
        return built

    def _build(self, node: yaml.Node, depth: int) -> SourceNode:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if depth >= DEEPEST_NESTING:
            return self._too_deep(node)
        return (
            self._mapping(node, depth) if isinstance(node, yaml.MappingNode) else self._sequence(node, depth)
        )

    def _extent(self, node: SourceNode) -> tuple[int, int]:
        """Returns how many values a node has and how deep they are nested, with what aliases repeat."""
        if node.kind == "scalar":
            return 1, 0
        inner = [self._extents[id(child)] for child in _children(node)]
        return 1 + sum(size for size, _ in inner), 1 + max((depth for _, depth in inner), default=0)

    def too_much(self, tree: SourceNode) -> str | None:
        """Returns a sentence if the document's aliases expand to more than is let through."""
        size, depth = self._extents.get(id(tree), (0, 0))
        if depth > DEEPEST_NESTING:
            return f"the document's aliases nest values {depth:,} levels deep, more than {DEEPEST_NESTING}"
        if size - len(self._extents) > MOST_ALIASED_VALUES:
            return f"the document's aliases expand it to {size:,} values"
        return None

    def report(
        self, code: str, message: str, span: Span, labels: tuple[Label, ...] = (), help: tuple[str, ...] = ()
    ) -> None:
        """Adds a diagnostic."""
        self.diagnostics.append(self.diagnostic(code, message, span, labels, help))

    def diagnostic(
        self, code: str, message: str, span: Span, labels: tuple[Label, ...] = (), help: tuple[str, ...] = ()
    ) -> Diagnostic:
        """Returns a diagnostic with its code's severity."""
        return Diagnostic(code, severity_of(code), message, span, labels, help)

    def _node(self, kind: Any, value: Any, node: yaml.Node, style: str) -> SourceNode:
        return SourceNode(kind, value, self.source, node.start_mark.index, node.end_mark.index, style)

    def _scalar(self, node: yaml.ScalarNode) -> SourceNode:
        tag, text, style = node.tag, node.value, node.style or ""
        if tag is None:
            value = resolve_plain(text) if style == "" else text
        else:
            value = self._tagged(tag, text, node)
        if isinstance(value, Refused):
            self.report("Y011", value.message, self._span(node), help=(value.help,))
            value = value.value
        return self._node("scalar", value, node, style)

    def _tagged(self, tag: str, text: str, node: yaml.Node) -> Any:
        if tag == _TAG + "str":
            return text
        value: Any = resolve_plain(text)
        kind = tag.removeprefix(_TAG)
        actual = value.value if isinstance(value, Refused) else value
        if kind == "float" and type(actual) is int:
            return value if isinstance(value, Refused) else resolve_float(text)
        if kind == "int" and type(actual) is int:
            return value if isinstance(value, Refused) else resolve_integer(text)
        if (kind, type(actual)) in (("float", float), ("bool", bool), ("null", type(None))):
            return value
        self._refuse_tag(tag, node)
        return value

    def _mapping(self, node: yaml.MappingNode, depth: int) -> SourceNode:
        if node.tag not in (None, _TAG + "map"):
            self._refuse_tag(node.tag, node)
        entries: dict[str, Entry] = {}
        merges: list[tuple[yaml.Node, yaml.Node]] = []
        for key_node, value_node in node.value:
            if key_node.value == "<<" and isinstance(key_node, yaml.ScalarNode) and not key_node.style:
                merges.append((key_node, value_node))
                continue
            key = self._key(key_node, node)
            if key is None:
                continue
            value = self.build(value_node, depth + 1)
            if key.value in entries:
                self._duplicate(key, entries[key.value].key)
            else:
                entries[key.value] = Entry(key, value)
        for key_node, value_node in merges:
            self._merge(key_node, value_node, entries, depth)
        return self._node("mapping", entries, node, "flow" if node.flow_style else "block")

    def _sequence(self, node: yaml.Node, depth: int) -> SourceNode:
        if node.tag not in (None, _TAG + "seq"):
            self._refuse_tag(node.tag, node)
        items = tuple(self.build(item, depth + 1) for item in node.value)
        return self._node("sequence", items, node, "flow" if getattr(node, "flow_style", False) else "block")

    def _key(self, node: yaml.Node, mapping: yaml.MappingNode) -> SourceNode | None:
        if isinstance(node, yaml.ScalarNode):
            if node.tag not in (None, "!", _TAG + "str"):
                self._refuse_tag(node.tag, node)
            value = node.value if node.style or node.tag else resolve_plain(node.value)
            if isinstance(value, str):
                return self._node("scalar", value, node, node.style or "")
            help = f'quote it: "{node.value}"'
            self.report("Y007", f"the key `{node.value}` is not a string", self._span(node), help=(help,))
            return self._node("scalar", node.value, node, node.style or "")
        self.broken = True
        if self.source.text.startswith("{{", mapping.start_mark.index):
            end = self.source.text.find("}}", mapping.start_mark.index)
            end = end + 2 if end >= 0 else mapping.end_mark.index
            written = self.source.text[mapping.start_mark.index : end]
            span = self.source.span(mapping.start_mark.index, end)
            found = self.diagnostic(
                "Y007", "a reference that is not quoted", span, (), (f'quote it: "{written}"',)
            )
            is_plain = _REFERENCE.fullmatch(written) is not None
            self.diagnostics.append(replace(found, fix=Fix(span, f'"{written}"') if is_plain else None))
        else:
            what = "mapping" if isinstance(node, yaml.MappingNode) else "list"
            self.report("Y007", f"a key must be a string, and this one is a {what}", self._span(node))
        return None

    def _merge(self, key: yaml.Node, value: yaml.Node, entries: dict[str, Entry], depth: int) -> None:
        """Adds the entries of a merge key; keys that are there stay, earlier mappings win."""
        built = self.build(value, depth + 1)
        for mapping in built.value if built.kind == "sequence" else (built,):
            if mapping.kind != "mapping":
                self.report(
                    "Y010",
                    "`<<` merges a mapping, or a list of mappings, and this is neither",
                    mapping.span if mapping.end > mapping.start else self._span(key),
                    help=("name an anchor of a mapping: `<<: *defaults`",),
                )
                continue
            for name, entry in mapping.value.items():
                entries.setdefault(name, entry)

    def _duplicate(self, key: SourceNode, first: SourceNode) -> None:
        label = Label(first.span, "it is first given here")
        self.report(
            "Y003", f"the key `{key.value}` is given twice", key.span, (label,), ("keep one of the two",)
        )

    def _refuse_tag(self, tag: str, node: yaml.Node) -> None:
        shown = "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
        start = node.start_mark.index
        span = self.source.span(start, start + 1) if node.value == "" else self._span(node)
        self.report("Y012", f"the tag `{shown}` means nothing here", span, help=("leave the tag out",))

    def _refused_alias(self, node: yaml.Node) -> SourceNode:
        self.broken = True
        start = node.start_mark.index
        self.report(
            "Y005",
            "an alias inside its own anchor would never end",
            self.source.span(start, self._line_end(start)),
            help=("write the inner value out instead of naming the anchor that it is in",),
        )
        return self._leaf(node)

    def _too_deep(self, node: yaml.Node) -> SourceNode:
        if not self.broken:
            from tfxc.compiler.source.errors import too_deep

            self.diagnostics.append(too_deep(self.source, node.start_mark.index))
        self.broken = True
        return self._leaf(node)

    def _leaf(self, node: yaml.Node) -> SourceNode:
        leaf = self._node("scalar", None, node, "")
        self._extents[id(leaf)] = (1, 0)
        self._built[-id(leaf)] = leaf  # keeps it alive, so that its id stays its own
        return leaf

    def _span(self, node: yaml.Node) -> Span:
        written = self.source.text[node.start_mark.index : node.end_mark.index]
        start = node.start_mark.index
        return self.source.span(start, start + max(1, len(written.rstrip())))

    def _line_end(self, start: int) -> int:
        line, column = self.source.position(start)
        return start + len(self.source.line(line)) - column + 1


def _children(node: SourceNode) -> Iterator[SourceNode]:
    if node.kind == "mapping":
        for entry in node.value.values():
            yield entry.node
    else:
        yield from node.value
