"""Schema files against the files on this machine that they are said to describe: W781, W782."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Any, Optional

from tfxc.compiler.checks.data.inputs import LocalData, LocalInput
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.csv_files import CsvFile
from tfxc.schemas.data_tables import DataTable
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.file_kinds import read_beginning
from tfxc.schemas.schema_files import SchemaFeature, read_schema_file
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration
from tfxc.schemas.words.wording import shown_value

_ARGUMENT = "schema_file"
_SAMPLE = 16 * 1024
"""Bytes of a file whose values are looked at."""
_INTEGER = re.compile(r"[+-]?\d+")
_KINDS = {"INT": "integers", "FLOAT": "numbers"}
_OF_COLUMNS = {"INT": "integers", "FLOAT": "floats", "BYTES": "texts"}
"""What a column holds that is of one type, which TFX keeps."""
_RARE = 0.1
"""The fraction of examples below which a feature may be in none of those that were looked at."""


def unlike_schemas(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W781: a feature that a schema file requires, but no file has. W782: a value of another type than the
    file says. Only what is sure from the names of the columns and the first rows is told."""
    for schema, examples in described(data):
        if nodes is None or examples.id in nodes:
            yield from _findings(data, schema, examples)


def described(data: LocalData) -> list[tuple[Node, Node]]:
    """Returns pairs of a node that gives a schema and one that gives examples which the schema is said to
    describe, once each."""
    pairs = [
        (producer_of(data, node.values.get("schema")), producer_of(data, _examples(data, node)))
        for node in data.pipeline.nodes.values()
    ]
    found = {
        (one.id, other.id): (one, other) for one, other in pairs if one is not None and other is not None
    }
    return list(found.values())


def features_of(data: LocalData, schema: Node) -> tuple[SchemaFeature, ...]:
    """Returns the features of the file that a node brings in; none if it is not to be read here."""
    file = data.path((*schema.path, _ARGUMENT), schema.values.get(_ARGUMENT))
    if file is None or data.is_hidden(file):
        return ()
    try:
        return read_schema_file(file)
    except (OSError, ValueError):
        return ()


def _findings(data: LocalData, schema: Node, examples: Node) -> Iterator[Finding]:
    path = (*schema.path, _ARGUMENT)
    found = data.input_of(examples)
    features = features_of(data, schema)
    if found is None or not found.columns or not found.is_shown or not features:
        return
    related = (Related((*examples.path, "input_base"), "the examples are read from here", False),)
    yield from _missing(features, found, examples, path, related)
    if found.files:
        yield from _other_types(features, found.files[0], path, related)
    else:
        yield from _other_columns(features, found.tables, path, related)


def _missing(
    features: Sequence[SchemaFeature],
    found: LocalInput,
    examples: Node,
    path: Path,
    related: tuple[Related, ...],
) -> Iterator[Finding]:
    columns, sampled = found.columns, found.sampled
    who = f"none of the first {sampled:,} examples" if sampled else "no example"
    names = [feature.name for feature in features]
    spare = [column for column in columns if column not in names]
    for feature in features:
        if not feature.is_required or feature.name in columns:
            continue
        if sampled and feature.least_fraction < _RARE:
            continue
        help_lines = did_you_mean(feature.name, spare) if closest(feature.name, spare) is not None else ()
        yield Finding(
            "W781",
            f"the schema requires the feature `{feature.name}`, which {who} of `{examples.id}` has",
            path,
            related=related,
            help=(*help_lines, f"the columns are {enumeration(columns)}"),
        )


def _other_types(
    features: Sequence[SchemaFeature], file: CsvFile, path: Path, related: tuple[Related, ...]
) -> Iterator[Finding]:
    """Yields the first value of each column that cannot be of the feature's type."""
    kinds = {feature.name: feature.type for feature in features if feature.type in _KINDS}
    told: set[str] = set()
    for number, row in _rows(file.path):
        for name, cell in zip(file.columns, row, strict=False):
            kind = kinds.get(name)
            if kind is None or name in told or not cell or _is_of(kind, cell):
                continue
            told.add(name)
            yield Finding(
                "W782",
                f"the schema says that `{name}` has {_KINDS[kind]}, but its value in {file.path.name}, line "
                f"{number}, is {shown_value(cell)}",
                path,
                related=related,
                help=("one value of another type makes a column of that type of it, for all rows",),
            )


def _other_columns(
    features: Sequence[SchemaFeature],
    tables: Sequence[DataTable],
    path: Path,
    related: tuple[Related, ...],
) -> Iterator[Finding]:
    """Yields the first file whose column is of another type than the feature, for each feature."""
    for feature in features:
        for table in tables:
            kind = table.kinds.get(feature.name, "")
            if not kind or feature.type not in _OF_COLUMNS or kind == feature.type:
                continue
            meant = _OF_COLUMNS[feature.type]
            yield Finding(
                "W782",
                f"the schema says that `{feature.name}` has {meant}, but "
                f"{table.path.name} has {_OF_COLUMNS[kind]} there",
                path,
                related=related,
                help=(f"say `type: {kind}` in the schema, or write the files with {meant}",),
            )
            break


def _rows(path: FilePath) -> Iterator[tuple[int, list[str]]]:
    """Yields line and cells of the first rows that are whole lines; none if there are quotation marks that go
    over lines."""
    with suppress(OSError, UnicodeDecodeError, csv.Error):
        beginning = read_beginning(path, _SAMPLE)
        whole = beginning if len(beginning) < _SAMPLE else beginning[: beginning.rfind(b"\n") + 1]
        reader = csv.reader(whole.decode("utf-8").splitlines())
        next(reader, None)
        for row in reader:
            yield reader.line_num, row


def _is_of(kind: str, cell: str) -> bool:
    if kind == "INT":
        return _INTEGER.fullmatch(cell.strip()) is not None
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _examples(data: LocalData, node: Node) -> Any:
    """Returns the channel of the examples that a node reads, or whose statistics it reads."""
    given = node.values.get("examples")
    if given is not None:
        return given
    statistics = producer_of(data, node.values.get("statistics"))
    return None if statistics is None else statistics.values.get("examples")


def producer_of(data: LocalData, channel: Any) -> Optional[Node]:
    """Returns the node that a channel names, if it names one."""
    match = CHANNEL.fullmatch(channel) if isinstance(channel, str) else None
    return data.pipeline.nodes.get(match.group(1)) if match is not None else None
