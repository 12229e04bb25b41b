"""Values of a document → the Plan's symbolic form."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from tfxc.compiler.language.references import lower_text
from tfxc.compiler.models.markers import Shape
from tfxc.compiler.source.load import Loaded
from tfxc.schemas import plan_values
from tfxc.schemas.diagnostics import Path


class ValueLowering:
    """Lowers values of one document, which knows where each is written."""

    def __init__(self, loaded: Loaded, folder: str | None = None) -> None:
        self._loaded = loaded
        self._folder = folder or os.path.abspath(loaded.folder)  # noqa: PTH100  resolve() would follow links
        self._prefixes: dict[PurePath, str] = {}

    def of(self, included: Loaded) -> ValueLowering:
        """Returns what lowers the values of a spec that this one includes: paths start at the same folder."""
        return ValueLowering(included, self._folder)

    def value(self, value: Any, path: Path, shape: Shape | None = None) -> Any:
        """Returns the Plan's form of a value; `shape` says where file paths lie in it."""
        if isinstance(value, str):
            if shape is not None and shape.is_path:
                return self.file_path(value, path)
            return lower_text(value)
        if isinstance(value, dict):
            fields = shape.fields() if shape is not None else {}
            item = shape.item if shape is not None else None
            lowered = {
                key: self.value(inner, (*path, key), fields.get(key, item)) for key, inner in value.items()
            }
            return plan_values.mapping(lowered)
        if isinstance(value, list):
            item = shape.item if shape is not None else None
            return [self.value(inner, (*path, index), item) for index, inner in enumerate(value)]
        return value

    def text(self, value: Any) -> Any:
        """Returns the Plan's form of a value that must be text at run time, whatever a reference is."""
        if not isinstance(value, str):
            return str(value)
        return plan_values.as_text(lower_text(value))

    def command_text(self, value: Any) -> Any:
        """Returns the Plan's form of a text in the command of a container, which knows its own inputs."""
        return (
            plan_values.as_text(lower_text(value, in_command=True)) if isinstance(value, str) else str(value)
        )

    def file_path(self, text: str, path: Path) -> Any:
        """Returns a path or URI relative to the spec's folder, wherever it is written."""
        lowered = lower_text(text)
        prefix = self._prefix(path)
        if isinstance(lowered, str):
            return plan_values.path(rebased(lowered, prefix))
        known = plan_values.known_prefix(lowered)
        if prefix and known and not plan_values.is_absolute(known):
            lowered = plan_values.begun_with(f"{prefix}/", lowered)
        return plan_values.path(lowered)

    def rebased_text(self, text: str, path: Path) -> str:
        """Returns a literal path relative to the spec's folder, wherever it is written."""
        return rebased(text, self._prefix(path))

    def _prefix(self, path: Path) -> str:
        """Returns the way from the spec's folder to that of the file with the value; "" if the same."""
        origin = self._loaded.origin_of(path)
        prefix = self._prefixes.get(origin)
        if prefix is None:
            relative = PurePath(os.path.relpath(origin, self._folder)).as_posix()
            prefix = self._prefixes[origin] = "" if relative == "." else relative
        return prefix


def of_nodes(value: Any, producers: Mapping[str, str]) -> Any:
    """Returns a value of the Plan with the values of nodes for those of components (as written → node)."""
    form, inner = plan_values.form_of(value)
    if form == "artifact_value":
        named, _, output = inner.rpartition(".")
        return plan_values.artifact_value(producers.get(named, named), output)
    if form == "concatenation":
        return plan_values.concatenation(of_nodes(part, producers) for part in inner)
    if form == "path":
        return plan_values.path(of_nodes(inner, producers))
    if form == "mapping":
        return plan_values.mapping({key: of_nodes(each, producers) for key, each in inner.items()})
    return [of_nodes(each, producers) for each in inner] if form == "sequence" else value


def rebased(text: str, prefix: str) -> str:
    """Returns a path that started at `prefix` as one that starts where `prefix` does."""
    if not prefix or not text or plan_values.is_absolute(text):
        return text
    return posixpath.normpath(f"{prefix}/{text}")


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a mapping without the keys that are explicitly null: null is unset."""
    return {key: value for key, value in values.items() if value is not None}
