"""A spec's text in the canonical layout, or why it has none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import yaml

from tfxc.compiler.layout.lines import comments_in, laid_out
from tfxc.compiler.layout.order import components_apart, keys_in_order, sections_in_order
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.tree import SourceNode, to_plain

MOST_ROUNDS = 4
"""How often a text is laid out until that changes nothing: the second time nearly always does not."""
_ARRANGEMENTS: tuple[Callable[[str, SourceNode], str], ...] = (
    keys_in_order,
    components_apart,
    sections_in_order,
)


class NoLayoutError(ValueError):
    """A text cannot be laid out without losing something. The text is a sentence without the file's name."""


def canonical(text: str) -> str:
    """Returns a spec's text in the canonical layout, which is then its own canonical layout.

    What it says is the same, and so are its comments and the kind of its line ends. The text must be one
    YAML document without a mistake in it. Raises NoLayoutError.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    old = text.replace("\r\n", "\n")
    if "\r" in old:
        raise NoLayoutError("its lines end in CR alone")
    try:
        meaning, comments = _meaning(old), Counter(comments_in(old))
    except yaml.YAMLError:
        raise NoLayoutError("it is not YAML") from None
    new = old
    for _ in range(MOST_ROUNDS):
        previous, new = new, laid_out(new)
        if new != previous and not _is_same(new, meaning, comments):
            raise NoLayoutError("it is written so that another layout would say something else")
        new = _arranged(new, meaning)
        if new == previous:
            return new.replace("\n", newline)
    raise NoLayoutError("its layout changes each time")


def _arranged(text: str, meaning: str) -> str:
    """Returns a text with its keys in order, as far as it says the same then: an alias stays behind its
    anchor."""
    for arrange in _ARRANGEMENTS:
        tree = _tree(text)
        if tree is None:
            break
        new = arrange(text, tree)
        if new != text and _lines(new) == _lines(text) and _meaning(new) == meaning:
            text = new
    return text


def _lines(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if line.strip())


def _is_same(text: str, meaning: str, comments: Counter[str]) -> bool:
    """Whether a text says the same, with the same comments."""
    try:
        return _meaning(text) == meaning and Counter(comments_in(text)) == comments
    except yaml.YAMLError:
        return False


def _meaning(text: str) -> str:
    """Returns what a text says, whatever the order of its keys."""
    tree = _tree(text)
    return json.dumps(to_plain(tree), sort_keys=True) if tree is not None else ""


def _tree(text: str) -> SourceNode | None:
    tree, diagnostics = parse_yaml(text, "", Path())
    return tree if not diagnostics else None
