"""What a matrix is: its combinations, and the names of the nodes that stand for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Union

from tfxc.schemas.diagnostics import Finding

AxisValue = Union[bool, int, float, str]

_PLAIN = re.compile(r"[a-z0-9_-]{1,40}")
_LIKE_ANOTHER_TYPE = re.compile(r"-?\d+(_\d+)?(e[+-]?\d+)?|true|false")
_LONGEST_BEGINNING = 24


def axis_text(value: AxisValue) -> str:
    """Returns a value of an axis as people write it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def id_part(value: AxisValue) -> str:
    """Returns a value of an axis as a part of a node's id: ``[a-z0-9_-]`` only, and never that of another.

    What cannot be written so gets a part of its digest; what an id becomes depends on no other value, so
    that a new combination leaves the ids of the others as they are.
    """
    text = axis_text(value)
    if isinstance(value, str):
        plain = text
        is_exact = _PLAIN.fullmatch(text) is not None and _LIKE_ANOTHER_TYPE.fullmatch(text) is None
    else:
        plain = text.replace(".", "_")
        is_exact = _PLAIN.fullmatch(plain) is not None
    if is_exact:
        return plain
    beginning = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST_BEGINNING].strip("-")
    digest = hashlib.sha256(f"{type(value).__name__}:{text}".encode()).hexdigest()[:8]
    return f"{beginning}-{digest}" if beginning else digest


@dataclass(frozen=True)
class Combination:
    """One combination of an axis's values, in the order of the axes."""

    values: Mapping[str, AxisValue]

    def key(self, axes: Iterable[str]) -> tuple[str, ...]:
        """Returns what identifies the values of these axes. Raises KeyError for an axis that is not there."""
        return tuple(axis_text(self.values[axis]) for axis in axes)

    def node_id(self, component: str) -> str:
        """Returns the id of the component's node with this combination."""
        return ".".join([component, *map(id_part, self.values.values())])

    def label(self, component: str) -> str:
        """Returns what people are shown for the component's node with this combination."""
        return f"{component}[{','.join(map(axis_text, self.values.values()))}]"


@dataclass(frozen=True)
class Matrix:
    """The combinations of one component, in the order of its axes' values.

    ``is_sound`` is false where something is wrong with it: then nothing can be said of what refers to it.
    """

    component: str
    axes: tuple[str, ...] = ()
    combinations: tuple[Combination, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_sound: bool = True

    @cached_property
    def by_key(self) -> Mapping[tuple[str, ...], Combination]:
        """The combinations by their values."""
        return {combination.key(self.axes): combination for combination in self.combinations}

    def own(self, combination: Combination | None) -> Combination | None:
        """Returns the combination that agrees with another in all of this matrix's axes, or None."""
        if combination is None or not all(axis in combination.values for axis in self.axes):
            return None
        return self.by_key.get(combination.key(self.axes))

    def covering(self) -> tuple[Combination, ...]:
        """Returns combinations, the first one first, in which each value of each axis comes up."""
        seen: set[tuple[str, str]] = set()
        chosen = []
        for combination in self.combinations:
            new = {(axis, axis_text(value)) for axis, value in combination.values.items()} - seen
            if new:
                seen |= new
                chosen.append(combination)
        return tuple(chosen)
