"""The matrices of a document: which nodes each component stands for.

Reading never fails: what has the wrong shape is left out, and the checks of shape say so; what only the
whole of the document tells is wrong is a finding of the matrix.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tfxc.compiler.pipeline.matrix import AxisValue, Combination, Matrix, axis_text
from tfxc.schemas.components.matrix import EXCLUDE, FROM, INCLUDE, MOST_INSTANCES
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest

AXIS_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


_RESERVED = (FROM, INCLUDE, EXCLUDE)


_MOST_PRODUCTS = 100_000


class Matrices:
    """The matrices of a document's components; each is read once."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = components
        self._read: dict[str, Matrix] = {}
        self._being_read: list[str] = []

    def of(self, component: str) -> Matrix | None:
        """Returns a component's matrix; None if it has none."""
        written = self._written(component)
        if written is None:
            return None
        if component not in self._read:
            self._being_read.append(component)
            self._read[component] = self._matrix(component, written)
            self._being_read.pop()
        return self._read[component]

    def __iter__(self) -> Iterator[Matrix]:
        """Yields every matrix in the document's order."""
        return (matrix for name in self._components if (matrix := self.of(name)) is not None)

    def _written(self, component: str) -> Any:
        values = self._components.get(component)
        return values.get("matrix") if isinstance(values, dict) else None

    def _matrix(self, component: str, written: Any) -> Matrix:
        if not isinstance(written, dict):
            return Matrix(component, is_sound=False)
        reading = _Reading(component, written)
        parent: Matrix | None = None
        if written.get(FROM) is not None:
            parent = self._parent(reading, written[FROM])
            if parent is None:
                return reading.broken()
        return reading.matrix(parent)

    def _parent(self, reading: _Reading, name: Any) -> Matrix | None:
        """Returns the matrix that another is taken from; None if there is no telling what it is."""
        path = (*reading.path, FROM)
        if not isinstance(name, str) or not name:
            return None
        if name not in self._components:
            names = list(self._components)
            help_lines = did_you_mean(name, names) or (f"the components are {enumeration(names)}",)
            finding = Finding(
                "F802",
                f"there is no component `{name}`",
                path,
                help=help_lines,
                fix=only_closest(name, names),
            )
        elif name in self._being_read:
            circle = [*self._being_read[self._being_read.index(name) :], name]
            finding = Finding(
                "F802",
                f"matrices are taken from each other in a circle: {' → '.join(circle)}",
                path,
                help=("let one of them have axes of its own",),
            )
        else:
            parent = self.of(name)
            if parent is not None:
                return parent if parent.is_sound else None
            finding = Finding(
                "F802",
                f"`{name}` has no matrix: it is one node",
                path,
                related=(Related(("components", name), "it is declared here"),),
                help=(f"give `{name}` a matrix, or take this out",),
            )
        reading.findings.append(finding)
        return None


class _Reading:
    """The reading of one component's matrix."""

    def __init__(self, component: str, written: Mapping[str, Any]) -> None:
        self.component = component
        self.path: Path = ("components", component, "matrix")
        self.findings: list[Finding] = []
        self._written = written

    def broken(self) -> Matrix:
        """Returns a matrix of which nothing can be said."""
        return Matrix(self.component, findings=tuple(self.findings), is_sound=False)

    def matrix(self, parent: Matrix | None) -> Matrix:
        own = self._axes(parent)
        if own is None:
            return self.broken()
        taken = parent.axes if parent is not None else ()
        axes = (*taken, *own)
        bases = parent.combinations if parent is not None else (Combination({}),)
        if not axes:
            self._say("F801", "the matrix has no axis", help="name one: `matrix: {city: [berlin, rome]}`")
            return self.broken()
        if len(bases) * math.prod(len(values) for values in own.values()) > _MOST_PRODUCTS:
            return self._too_many(len(bases) * math.prod(len(values) for values in own.values()))
        combinations = [
            Combination({**base.values, **dict(zip(own, values, strict=True))})
            for base in bases
            for values in itertools.product(*own.values())
        ]
        combinations = self._without_excluded(combinations, axes)
        combinations = self._with_included(combinations, axes)
        if self.findings:
            return self.broken()
        if not combinations:
            self._say("F801", f"the matrix of `{self.component}` leaves no combination", help="exclude less")
            return self.broken()
        if len(combinations) > MOST_INSTANCES:
            return self._too_many(len(combinations))
        return Matrix(self.component, axes, tuple(combinations))

    def _too_many(self, number: int) -> Matrix:
        message = f"the matrix makes {number:,} nodes of `{self.component}`; {MOST_INSTANCES:,} is the most"
        self._say("F801", message, help="exclude combinations, or let one node do the work of several")
        return self.broken()

    def _axes(self, parent: Matrix | None) -> dict[str, list[AxisValue]] | None:
        """Returns the axes with their values; None if one of them has the wrong shape."""
        axes: dict[str, list[AxisValue]] = {}
        is_sound = True
        for name, values in self._written.items():
            if name in _RESERVED:
                continue
            if AXIS_NAME.fullmatch(name) is None:
                help_line = (
                    "an axis is called by letters, digits and `_`, so that `{{ matrix.NAME }}` can say it"
                )
                self.findings.append(
                    Finding(
                        "S105", f"`{name}` is no name of an axis", (*self.path, name), True, help=(help_line,)
                    )
                )
            elif parent is not None and name in parent.axes:
                self.findings.append(
                    Finding(
                        "F803",
                        f"`{parent.component}`, which this is taken from, has the axis `{name}` already",
                        (*self.path, name),
                        at_key=True,
                        help=("`exclude` leaves some of its values out",),
                    )
                )
            elif not _is_list_of_values(values):
                is_sound = False
            else:
                is_sound = self._are_different(name, values) and is_sound
                axes[name] = values
        return axes if is_sound and not self.findings else None

    def _are_different(self, name: str, values: Sequence[AxisValue]) -> bool:
        """Whether no two values of an axis read the same, and none could be taken for a reference."""
        first: dict[str, int] = {}
        for index, value in enumerate(values):
            text, path = axis_text(value), (*self.path, name, index)
            if "{{" in text or "}}" in text:
                return False  # P305 says it
            if text in first:
                related = (Related((*self.path, name, first[text]), "here first", False),)
                message = f"two values of the axis `{name}` read `{text}`"
                self.findings.append(Finding("F804", message, path, related=related, help=("take one out",)))
            first.setdefault(text, index)
        return True

    def _without_excluded(self, combinations: list[Combination], axes: Sequence[str]) -> list[Combination]:
        for index, excluded in enumerate(self._listed(EXCLUDE)):
            path = (*self.path, EXCLUDE, index)
            if not self._are_axes(excluded, axes, path) or not self._are_values(excluded, combinations, path):
                continue
            texts = {axis: axis_text(value) for axis, value in excluded.items()}
            combinations = [
                each
                for each in combinations
                if any(axis_text(each.values[axis]) != text for axis, text in texts.items())
            ]
        return combinations

    def _with_included(self, combinations: list[Combination], axes: Sequence[str]) -> list[Combination]:
        keys = {each.key(axes) for each in combinations}
        for index, included in enumerate(self._listed(INCLUDE)):
            path = (*self.path, INCLUDE, index)
            if not self._are_axes(included, axes, path):
                continue
            lacking = [axis for axis in axes if axis not in included]
            if lacking:
                message = f"a combination to include gives a value to every axis: it lacks `{lacking[0]}`"
                self.findings.append(Finding("F803", message, path))
                continue
            if any("{{" in axis_text(value) or "}}" in axis_text(value) for value in included.values()):
                self.findings.append(Finding("F803", "the values of a matrix cannot hold references", path))
                continue
            combination = Combination({axis: included[axis] for axis in axes})
            if combination.key(axes) in keys:
                self.findings.append(
                    Finding("F804", "the matrix has this combination already", path, help=("take it out",))
                )
            keys.add(combination.key(axes))
            combinations = [*combinations, combination]
        return combinations

    def _listed(self, key: str) -> Iterator[Mapping[str, AxisValue]]:
        listed = self._written.get(key)
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and each and all(map(_is_value, each.values())):
                yield each

    def _are_axes(self, names: Iterable[str], axes: Sequence[str], path: Path) -> bool:
        unknown = [name for name in names if name not in axes]
        for name in unknown:
            self.findings.append(
                Finding(
                    "F803",
                    f"the matrix of `{self.component}` has no axis `{name}`",
                    (*path, name),
                    at_key=True,
                    help=did_you_mean(name, axes) or (f"its axes are {enumeration(list(axes))}",),
                    fix=only_closest(name, axes),
                )
            )
        return not unknown

    def _are_values(
        self, excluded: Mapping[str, AxisValue], combinations: Sequence[Combination], path: Path
    ) -> bool:
        """Whether each value to exclude is one of its axis."""
        is_sound = True
        for axis, value in excluded.items():
            there = dict.fromkeys(axis_text(each.values[axis]) for each in combinations)
            if axis_text(value) not in there:
                is_sound = False
                self.findings.append(
                    Finding(
                        "F803",
                        f"the axis `{axis}` has no value `{axis_text(value)}` left to exclude",
                        (*path, axis),
                        help=did_you_mean(axis_text(value), list(there))
                        or (f"its values are {enumeration(list(there))}",),
                    )
                )
        return is_sound

    def _say(self, code: str, message: str, help: str) -> None:
        self.findings.append(Finding(code, message, self.path, at_key=True, help=(help,)))


def _is_value(value: Any) -> bool:
    return type(value) in (bool, int, float, str) and (type(value) is not float or math.isfinite(value))


def _is_list_of_values(values: Any) -> bool:
    return isinstance(values, list) and bool(values) and all(map(_is_value, values))
