"""Which nodes of a component with a matrix a name means: ``[*]``, or ``[axis=value, …]``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

CHANNEL = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)(?:\[[^\[\]]*\])?\.([A-Za-z_][A-Za-z0-9_-]*)")
"""``component.output`` or ``component[selection].output``, as a whole; the groups are the two names."""

_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_NODES = re.compile(r"([A-Za-z_][A-Za-z0-9_-]*)(?:\[([^\[\]]*)\])?")
_WANTED = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(.*?)\s*", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Wanted:
    """One ``axis=value`` of a selection; ``start`` and ``end`` are its characters in the whole text.

    ``axis`` is None where there is no ``=``: then ``value`` is all that stands there.
    """

    axis: str | None
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Selection:
    """What stands in the brackets: nothing wanted means all. The characters are those of the whole text."""

    wanted: tuple[Wanted, ...]
    start: int
    end: int


def selected_component(text: str) -> tuple[str, Selection | None]:
    """Returns the component that a channel begins with, and its selection if it has one; ("", None) where the
    text begins with no component."""
    return _component(_NODES.match(text))


def awaited_component(text: str) -> tuple[str, Selection | None]:
    """Returns the component that an item of ``depends_on`` names, and its selection if it has one; ("", None)
    where the text is something else."""
    return _component(_NODES.fullmatch(text))


def selection_at(text: str, position: int) -> Selection | None:
    """Returns the selection whose brackets open at a character of a text; None where none does."""
    match = _BRACKETS.match(text, position)
    return None if match is None else _selection(match.group(1), match.start(1))


def moved(selection: Selection, distance: int) -> Selection:
    """Returns a selection as it is in a text in which all stands further behind."""
    wanted = (
        replace(each, start=each.start + distance, end=each.end + distance) for each in selection.wanted
    )
    return Selection(tuple(wanted), selection.start + distance, selection.end + distance)


def _component(match: re.Match[str] | None) -> tuple[str, Selection | None]:
    if match is None:
        return "", None
    inner = match.group(2)
    return match.group(1), None if inner is None else _selection(inner, match.start(2))


def _selection(inner: str, start: int) -> Selection:
    """Returns what stands in the brackets, which begins at a character of the whole text."""
    end = start + len(inner)
    if inner.strip() == "*":
        return Selection((), start, end)
    wanted, position = [], start
    for item in inner.split(","):
        found = _WANTED.fullmatch(item)
        axis, value = found.groups() if found is not None else (None, item.strip())
        wanted.append(Wanted(axis, value, position, position + len(item)))
        position += len(item) + 1
    return Selection(tuple(wanted), start, end)
