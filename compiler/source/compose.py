"""Composing YAML with libyaml, guarded against what crashes it, or with PyYAML's own parser.

libyaml's composer, as PyYAML binds it, recurses in C: a text nested some ten thousand levels deep
ends the process. So a text that could be nested that deeply is walked through by events first.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol

import yaml

from tfxc.compiler.source.tree import Source

DEEPEST_NESTING = 100
"""Collections inside each other that a document may have."""
DEEPEST_COMPOSED = 1000
"""Nesting that the composers are trusted with."""


class _NoResolver:
    """Gives no tags: what is not tagged gets None, and plain scalars are known by their style."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> None:
        """Returns no tag."""

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        """Does nothing; tags do not depend on the path to a node."""

    def ascend_resolver(self) -> None:
        """Does nothing."""


class _PythonComposer(
    _NoResolver, yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer
):
    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)
        yaml.composer.Composer.__init__(self)


class _Composer(Protocol):
    def get_event(self) -> Any: ...

    def get_single_node(self) -> Any: ...


@cache
def _libyaml_composer() -> type[Any]:
    from yaml._yaml import CParser  # is not there without libyaml

    class LibyamlComposer(_NoResolver, CParser):
        pass

    return LibyamlComposer


def _composer(text: str, libyaml: bool) -> _Composer:
    composer: _Composer = _libyaml_composer()(text) if libyaml else _PythonComposer(text)
    return composer


class TooDeepError(yaml.YAMLError):
    """The text is nested too deeply to be composed, from the character at ``offset`` on."""

    def __init__(self, offset: int) -> None:
        super().__init__("nested too deeply")
        self.offset = offset


def compose(source: Source, libyaml: bool = yaml.__with_libyaml__) -> yaml.Node | None:
    """Returns the document's root node, or None if there is no document.

    Raises yaml.YAMLError for what is not one YAML document, and `TooDeepError`.
    """
    text = source.text
    if _could_be_deeper_than(text, DEEPEST_COMPOSED):
        _check_depth(_composer(text, libyaml))
    node: yaml.Node | None = _composer(text, libyaml).get_single_node()
    return node


def _could_be_deeper_than(text: str, depth: int) -> bool:
    """A flow collection costs a bracket, and a block collection a column of its line."""
    longest = max(map(len, text.split("\n")))
    return text.count("[") + text.count("{") + 2 * longest > depth


def _check_depth(composer: _Composer) -> None:
    depth = 0
    while (event := composer.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST_NESTING:
                mark = event.start_mark
                raise TooDeepError(mark.index if mark is not None else 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.StreamEndEvent):
            return
