"""The texts of a document that have braces in them: one walk that finds them, one that replaces them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.language.reference_terms import Reference, Template
from tfxc.compiler.language.references import has_braces, parse_template
from tfxc.schemas.diagnostics import Path


@dataclass(frozen=True)
class ReferencingText:
    """A text of the document that has braces in it. ``is_key`` for a mapping's key."""

    path: Path
    text: str
    template: Template
    is_key: bool = False


def referencing_texts(value: Any, path: Path = ()) -> Iterator[ReferencingText]:
    """Yields every text and key with braces in a value at a path, in document order; prose left out."""
    if isinstance(value, str):
        if has_braces(value) and not is_prose(path):
            yield ReferencingText(path, value, parse_template(value))
    elif isinstance(value, dict):
        for key, inner in value.items():
            if has_braces(key):
                yield ReferencingText((*path, key), key, parse_template(key), is_key=True)
            if type(inner) in (str, dict, list):
                yield from referencing_texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if type(inner) in (str, dict, list):
                yield from referencing_texts(inner, (*path, index))


def references_in(value: Any) -> Iterator[Reference]:
    """Yields every reference in a value, keys left out."""
    for text in referencing_texts(value):
        if not text.is_key:
            yield from text.template.references


def with_texts(value: Any, path: Path, replacement: Callable[[ReferencingText], Any]) -> Any:
    """Returns a value with another in the place of each text that has braces; keys stay.

    What holds no such text is returned itself, not a copy.
    """
    if isinstance(value, str):
        if not has_braces(value) or is_prose(path):
            return value
        return replacement(ReferencingText(path, value, parse_template(value)))
    if isinstance(value, dict):
        changed: dict[str, Any] | None = None
        for key, inner in value.items():
            new = with_texts(inner, (*path, key), replacement)
            if new is not inner:
                changed = dict(value) if changed is None else changed
                changed[key] = new
        return value if changed is None else changed
    if isinstance(value, list):
        items = [with_texts(inner, (*path, index), replacement) for index, inner in enumerate(value)]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def is_prose(path: Path) -> bool:
    """Whether a text is for people, so that braces in it mean nothing."""
    return path[-1:] == ("description",) and (len(path) == 1 or (len(path) == 3 and path[0] == "components"))
