"""The files on this machine that a pipeline reads: W760, W761, W764 to W767.

Only names and beginnings are looked at. What is elsewhere (a URI, a path that only a run knows) is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from tfxc.compiler.checks.thresholds import field as value_of
from tfxc.compiler.checks.thresholds import items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.reference_terms import Reference
from tfxc.compiler.language.references import parse_template
from tfxc.compiler.models.markers import marked_values
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.source.files import DISK
from tfxc.compiler.source.outside import is_outside
from tfxc.schemas.components.markers import InputPath
from tfxc.schemas.csv_files import CsvFile
from tfxc.schemas.data_files import ALL_FILES, DataFileError, as_input_config, split_as_pattern
from tfxc.schemas.data_tables import DataTable
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.generator import making_words
from tfxc.schemas.input_data import InputData, InputSplit, asked_span, read_input
from tfxc.schemas.plan_values import is_uri

MOST_FILES = 1000
"""Files of one split whose beginnings are read."""

_RELATIVE = "a relative path starts at the folder of the file that it is written in"
_OF_FILES = ("W761", "W764", "W765", "W766", "W767")
"""What is told of files, by the code that a `DataFileError` has."""

TF_EXAMPLE = 6
"""The ``payload_format`` of records that are tf.Examples."""

LONGEST_SHOWN = 200
"""Characters of a path in a message."""


@dataclass(frozen=True)
class LocalInput:
    """What a node reads: its splits, what is to be said of them, or the first reason why nothing is read.

    ``is_shown`` is whether names of columns may be told: see `tfxc.compiler.source.outside`.
    """

    data: InputData = field(default_factory=lambda: InputData(()))
    error: DataFileError | None = None
    is_shown: bool = True

    @property
    def splits(self) -> tuple[InputSplit, ...]:
        """The splits of the input, with their files."""
        return self.data.splits

    @property
    def files(self) -> tuple[CsvFile, ...]:
        """The CSV files of all splits."""
        return self.data.csv_files

    @property
    def tables(self) -> tuple[DataTable, ...]:
        """What tells the columns of the files that are no CSV files, of all splits."""
        return tuple(table for split in self.splits for table in split.tables)

    @property
    def columns(self) -> list[str]:
        """The columns of all splits; none if those of one cannot be told."""
        if not all(split.columns for split in self.splits):
            return []
        return list(dict.fromkeys(name for split in self.splits for name in split.columns))

    @property
    def sampled(self) -> int:
        """How many examples the columns were seen in, if there may be others; 0 if there are no others."""
        return sum(each.sampled for each in self.tables) if any(each.partial for each in self.tables) else 0


class LocalData:
    """The data of a pipeline on this machine; each file is read once.

    ``parameters`` are the values of one run, None for one that is not known; for the others their defaults
    count. Nothing is told of what lies outside of ``root``; None where the user runs the spec's code as well.
    """

    def __init__(self, pipeline: Pipeline, parameters: Mapping[str, Any], root: FilePath | None) -> None:
        self.pipeline = pipeline
        self._root = root
        self._parameters = parameters
        self._inputs: dict[tuple[str, str], LocalInput | None] = {}

    def of(self, included: Pipeline, parameters: Mapping[str, Any]) -> LocalData:
        """Returns the data of a spec that this one includes, with the parameters that it gives to it."""
        return LocalData(included, parameters, self._root)

    def input_of(self, node: Node) -> LocalInput | None:
        """Returns what a node reads from files; None if it reads none, or if there is no telling."""
        key = (node.id, node.label)
        if key not in self._inputs:
            self._inputs[key] = self._read(node)
        return self._inputs[key]

    def folder_of(self, node: Node) -> FilePath | None:
        """Returns the folder that a node reads its files from, if it is one of this machine."""
        return self.path((*node.path, "input_base"), node.values.get("input_base"))

    def csv_input(self, node: Node) -> LocalInput | None:
        """Returns what a node reads as CSV; None if it does not, or if there is no telling."""
        model = node.model
        return self.input_of(node) if model is not None and model.input_format == "csv" else None

    def is_hidden(self, place: FilePath) -> bool:
        """Whether nothing of what is at a place may be told."""
        return self._root is not None and is_outside(place, self._root)

    def path(self, path: Path, text: Any) -> FilePath | None:
        """Returns the local path that a text of the document stands for, or None."""
        if not isinstance(text, str) or not text:
            return None
        value = self.value_of(text)
        resolved = "" if value is None else str(value)
        if not resolved or is_uri(resolved) or "\0" in resolved:
            return None
        return self._origin(path, parse_template(text).whole) / resolved

    def value_of(self, text: str) -> Any:
        """Returns what a text of the document stands for: of one reference the value itself; None where
        only a run knows it."""
        template = parse_template(text)
        if template.bad_references:
            return None
        if template.whole is not None:
            return self._value(template.whole)
        parts = [part if isinstance(part, str) else self._value(part) for part in template.parts]
        return None if None in parts else "".join(map(str, parts))

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

    def _read(self, node: Node) -> LocalInput | None:
        model = node.model
        if model is None or model.input_format is None:
            return None
        folder = self.folder_of(node)
        splits = splits_of(node)
        ranges = node.values.get("range_config")
        start = asked_span(_snake_case(ranges))
        if folder is None or splits is None or not DISK.is_dir(folder) or (ranges and start is None):
            return None
        is_shown = not self.is_hidden(folder)
        try:
            has_examples = node.values.get("payload_format", TF_EXAMPLE) == TF_EXAMPLE
            data = read_input(folder, splits, model.input_format, start, MOST_FILES, has_examples)
        except DataFileError as error:
            return LocalInput(error=error, is_shown=is_shown)
        except (OSError, ValueError, NotImplementedError):
            return None
        return LocalInput(data, None, is_shown)


def missing_data(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W760: a local file or folder that a component reads is not there. ``nodes`` None: all are looked at."""
    yield from over_variants(data.pipeline, lambda node: _missing(data, node, nodes))


def _missing(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    model = node.model
    if model is None or (nodes is not None and node.id not in nodes):
        return
    for path, text in marked_values(model, InputPath, node.values, node.path):
        place = data.path(path, text)
        if place is None:
            continue
        reads_folder = model.input_format is not None and path == (*node.path, "input_base")
        help = making_words(data.pipeline.loaded.folder) or _RELATIVE
        found = split_as_pattern(place) if reads_folder and not data.is_hidden(place) else None
        if found is not None:
            what = "file" if _exists(place) else "pattern"
            yield Finding(
                "W760",
                f"`{node.id}` reads the folder {_shown(place)}, which is a {what}",
                path,
                help=(f"write `input_base: {_shown(found[0])}` and {as_input_config(found[1])}",),
            )
        elif not _exists(place):
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
    """W761, W764 to W767: files that TFX would read wrongly or not at all, or not the ones that are meant."""
    yield from over_variants(data.pipeline, lambda node: _unreadable(data, node, nodes))


def _unreadable(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    found = data.input_of(node) if nodes is None or node.id in nodes else None
    place = (*node.path, "input_base")
    if found is not None and found.error is not None:
        error = found.error
        message = error.problem + (error.content if found.is_shown else "")
        tells_names = error.code == "W767" or error.problem.startswith("no file")
        help_lines = (error.help,) if error.help and (found.is_shown or not tells_names) else ()
        code = error.code if error.code in _OF_FILES else "W761"
        yield Finding(code, message, place, help=help_lines)
    for remark in found.data.remarks if found is not None and found.is_shown else ():
        yield Finding("W767", remark, place)


def _shown(place: FilePath) -> str:
    text = str(place)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _exists(place: FilePath) -> bool:
    try:
        return place.exists()
    except OSError:
        return False


def splits_of(node: Node) -> list[tuple[str, str]] | None:
    """Returns name and pattern of the splits that a node reads; None where only a run can tell."""
    given = [split for _, split in items(node.values.get("input_config"), "splits")]
    splits = [(value_of(each, "name"), value_of(each, "pattern")) for each in given] or [("", ALL_FILES)]
    if any("{{" in str(text) or not isinstance(text, str) for split in splits for text in split):
        return None
    return [(str(name), str(pattern)) for name, pattern in splits]


def _snake_case(range_config: Any) -> Any:
    """Returns a range_config with the keys that its protobuf message has."""
    static = value_of(range_config, "static_range")
    return {"static_range": {"start_span_number": value_of(static, "start_span_number")}} if static else None
