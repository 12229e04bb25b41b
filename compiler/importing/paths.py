"""File paths of an IR: relative ones start at the working directory; in a spec, at its folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

from tfxc.compiler.models.markers import Shape
from tfxc.schemas import plan_values


class Paths:
    """Moves relative paths from one folder to another, and tells ``seen`` of every path."""

    def __init__(self, base: Path, target: Path, seen: Callable[[Any], None]) -> None:
        relative = PurePath(os.path.relpath(base, target)).as_posix()
        self._prefix = "" if relative == "." else relative
        self._seen = seen

    def moved(self, value: Any, shape: Shape | None) -> Any:
        """Returns a value with its paths moved; ``shape`` says where they are."""
        if shape is None:
            return value
        if shape.is_path:
            return self.path(value)
        if isinstance(value, dict):
            fields = shape.fields()
            return {key: self.moved(inner, fields.get(key, shape.item)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.moved(inner, shape.item) for inner in value]
        return value

    def path(self, value: Any) -> Any:
        """Returns a path moved, whatever its form."""
        self._seen(value)
        known = plan_values.known_prefix(value)
        if not self._prefix or not known or plan_values.is_absolute(known):
            return value
        if isinstance(value, str):
            return os.path.normpath(f"{self._prefix}/{value}")
        return plan_values.begun_with(f"{self._prefix}/", value)
