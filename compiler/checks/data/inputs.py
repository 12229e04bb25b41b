"""The files on this machine that a pipeline reads: W760 and W761.

Only names and the first lines are looked at. What is elsewhere (a URI, a path that only a run knows) is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from tfxc.compiler.checks.thresholds import field, items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import Reference, parse_template
from tfxc.compiler.models.markers import marked_values
from tfxc.compiler.pipeline.model import Node, Pipeline
from tfxc.compiler.source.files import DISK
from tfxc.compiler.source.outside import is_outside, shown_root
from tfxc.schemas.components.markers import InputPath
from tfxc.schemas.csv_files import (
    ALL_FILES,
    CsvFile,
    CsvFileError,
    check_matches,
    check_same_columns,
    has_spans,
    matching_files,
    read_csv_file,
)
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan_values import is_uri

MOST_FILES = 1000
"""Files of one split whose beginnings are read."""

LONGEST_SHOWN = 200
"""Characters of a path in a message."""


@dataclass(frozen=True)
class CsvInput:
    """What a node reads: the files of each of its splits that were read, and the first reason why not.

    ``is_shown`` is whether names of columns may be told: see `tfxc.compiler.source.outside`.
    """

    files: tuple[CsvFile, ...]
    error: CsvFileError | None = None
    is_shown: bool = True


class LocalData:
    """The data of a pipeline on this machine; each file is read once.

    ``parameters`` are the values of one run; for the others their defaults count. With ``is_run`` the user
    runs the spec's code as well, so nothing need be kept from it.
    """

    def __init__(self, pipeline: Pipeline, parameters: Mapping[str, Any], is_run: bool = False) -> None:
        self.pipeline = pipeline
        self._root = None if is_run else shown_root(pipeline.loaded.folder)
        self._parameters = parameters
        self._inputs: dict[tuple[str, str], CsvInput | None] = {}

    def csv_input(self, node: Node) -> CsvInput | None:
        """Returns what a node reads as CSV; None if it does not, or if there is no telling."""
        key = (node.id, node.label)
        if key not in self._inputs:
            self._inputs[key] = self._read(node)
        return self._inputs[key]

    def path(self, path: Path, text: Any) -> FilePath | None:
        """Returns the local path that a text of the document stands for, or None."""
        if not isinstance(text, str) or not text:
            return None
        template = parse_template(text)
        if template.bad_references:
            return None
        parts = [part if isinstance(part, str) else self._value(part) for part in template.parts]
        if any(part is None for part in parts):
            return None
        resolved = "".join(str(part) for part in parts)
        if not resolved or is_uri(resolved) or "\0" in resolved:
            return None
        return self._origin(path, template.whole) / resolved

    def _origin(self, path: Path, whole: Reference | None) -> FilePath:
        """Where a relative path starts: at the file that writes it; a parameter's default at the spec."""
        loaded = self.pipeline.loaded
        if whole is None:
            return loaded.origin_of(path)
        default: Path = ("parameters", whole.name, "default")
        return loaded.folder if whole.name in self._parameters else loaded.origin_of(default)

    def _value(self, reference: Reference) -> Any:
        if reference.root != "parameters":
            return None
        if reference.name in self._parameters:
            return self._parameters[reference.name]
        parameter = self.pipeline.parameters.get(reference.name)
        return parameter.default if parameter is not None else None

    def _read(self, node: Node) -> CsvInput | None:
        model = node.interface.model if node.interface is not None else None
        if model is None or model.input_format != "csv":
            return None
        folder = self.path((*node.path, "input_base"), node.values.get("input_base"))
        patterns = _patterns(node)
        if folder is None or patterns is None or not DISK.is_dir(folder):
            return None
        is_shown = self._root is None or not is_outside(folder, self._root)
        read: list[CsvFile] = []
        try:
            for pattern in patterns:
                check_matches(folder, pattern)
                files = [read_csv_file(file) for file in matching_files(folder, pattern)[:MOST_FILES]]
                check_same_columns(files)
                if not files:
                    raise CsvFileError(f"no file in {folder} matches `{pattern}`")
                if not any(file.has_rows for file in files):
                    raise CsvFileError(f"{files[0].path} has column names but no rows")
                read += files
        except CsvFileError as error:
            return CsvInput((), error, is_shown)
        except (OSError, ValueError, NotImplementedError):
            return None
        return CsvInput(tuple(read), None, is_shown)


def missing_data(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W760: a local file or folder that a component reads is not there. ``nodes`` None: all are looked at."""
    yield from over_variants(data.pipeline, lambda node: _missing(data, node, nodes))


def _missing(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    model = node.interface.model if node.interface is not None else None
    if model is None or (nodes is not None and node.id not in nodes):
        return
    for path, text in marked_values(model, InputPath, node.values, node.path):
        place = data.path(path, text)
        if place is None:
            continue
        reads_folder = model.input_format is not None and path == (*node.path, "input_base")
        help = "a relative path starts at the folder of the file that it is written in"
        if not _exists(place):
            yield Finding(
                "W760",
                f"`{node.id}` reads {_shown(place)}, which is not there",
                path,
                help=(help,),
            )
        elif reads_folder and not DISK.is_dir(place):
            message = f"`{node.id}` reads the folder {_shown(place)}, which is a file"
            yield Finding("W760", message, path, help=("name the folder that it lies in",))


def unreadable_data(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W761: CSV files that TFX would read wrongly or not at all."""
    yield from over_variants(data.pipeline, lambda node: _unreadable(data, node, nodes))


def _unreadable(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    found = data.csv_input(node) if nodes is None or node.id in nodes else None
    if found is not None and found.error is not None:
        error = found.error
        message = error.problem + (error.content if found.is_shown else "")
        help_lines = (error.help,) if error.help else ()
        yield Finding("W761", message, (*node.path, "input_base"), help=help_lines)


def _shown(place: FilePath) -> str:
    text = str(place)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _exists(place: FilePath) -> bool:
    try:
        return place.exists()
    except OSError:
        return False


def _patterns(node: Node) -> list[str] | None:
    """Returns the patterns of the files that a node reads; None where only a run can tell."""
    splits = list(items(node.values.get("input_config"), "splits"))
    patterns = [field(split, "pattern") for _, split in splits] or [ALL_FILES]
    if not all(isinstance(each, str) and "{{" not in each and not has_spans(each) for each in patterns):
        return None
    return [str(each) for each in patterns]
