"""TFRecord files of tf.Examples, plain or compressed with gzip."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Optional

from tfxc.compiler.start.columns import Collector, Column, Kind
from tfxc.compiler.start.names import fit_names
from tfxc.compiler.start.reading.table import Cells, Table
from tfxc.schemas.failures import Failure
from tfxc.schemas.tf_examples import (
    BYTES,
    INTEGERS,
    Feature,
    NoExampleError,
    parse_example,
)
from tfxc.schemas.tf_records import RecordError, records_in

_GZIP = b"\x1f\x8b"


def read_records(path: Path) -> Iterator[bytes]:
    """Yields the records of a file. Raises Failure for what is no TFRecord file."""
    with path.open("rb") as raw:
        is_zipped = raw.read(2) == _GZIP
        raw.seek(0)
        try:
            if is_zipped:
                with gzip.GzipFile(fileobj=raw) as stream:
                    yield from records_in(stream)  # type: ignore[arg-type]  # it reads as a BinaryIO does
            else:
                yield from records_in(raw)
        except (RecordError, EOFError, gzip.BadGzipFile) as error:
            raise Failure(f"{path}: {error}") from None


def read_tfrecord(path: Path) -> Table:
    """Looks at a TFRecord file. Raises Failure for one without tf.Examples in it."""
    lengths: dict[str, Counter[int]] = {}
    kinds: dict[str, int] = {}
    trouble: dict[str, str] = {}
    rows = 0
    for features in _examples(path):
        rows += 1
        for name, feature in features.items():
            if feature.kind and kinds.setdefault(name, feature.kind) != feature.kind:
                trouble[name] = "values of several types"
            lengths.setdefault(name, Counter())[len(feature.values)] += 1
    if not rows:
        raise Failure(f"{path} is empty")
    names = tuple(sorted(lengths))
    for name, fit in zip(names, fit_names(names), strict=True):
        if name != fit:
            raise Failure(
                f"{path} has a feature `{name}`, which cannot be the name of a model's input: write the "
                f"records with a name of letters, digits and _, such as `{fit}`"
            )

    def cells() -> Iterator[Cells]:
        for features in _examples(path):
            yield [_text(features.get(name)) for name in names]

    collectors = {name: Collector(is_text=kinds.get(name) == BYTES) for name in names}
    for row in cells():
        for name, cell in zip(names, row, strict=True):
            collectors[name].add(cell)
    columns = tuple(
        _column(collectors[name].column(name, name), lengths[name], kinds.get(name, 0), trouble.get(name, ""))
        for name in names
    )
    return Table(path, "TFRecord", columns, cells)


def _column(column: Column, lengths: Counter[int], kind: int, trouble: str) -> Column:
    """Returns a column with what texts of its values do not tell."""
    column = replace(column, is_bytes=kind == BYTES)
    most = max(lengths, default=0)
    if trouble or column.kind is Kind.EMPTY:
        return replace(column, kind=Kind.OTHER if trouble else column.kind, trouble=trouble)
    if any(value.startswith(_NO_TEXT) for value, _ in column.counts[:1]):
        return replace(column, kind=Kind.OTHER, trouble="images or other bytes")
    if most > 1:
        if set(lengths) == {most} and kind != BYTES:
            return replace(column, kind=Kind.VECTOR, length=most, missing=0)
        return replace(column, kind=Kind.OTHER, trouble="lists of different lengths, or of texts")
    if kind == INTEGERS:
        return replace(column, kind=Kind.INTEGER)
    return column if kind == BYTES else replace(column, kind=Kind.NUMBER)


_NO_TEXT = "\0"
"""what stands for bytes that are no text"""


def _text(feature: Optional[Feature]) -> Optional[str]:
    """Returns the first value of a feature as a text, None if there is none."""
    if feature is None or not feature.values:
        return None
    value = feature.values[0]
    if not isinstance(value, bytes):
        return None if value != value else str(value)
    try:
        return value.decode() or None
    except UnicodeDecodeError:
        return _NO_TEXT


def _examples(path: Path) -> Iterator[dict[str, Feature]]:
    for number, record in enumerate(read_records(path), start=1):
        try:
            yield parse_example(record)
        except NoExampleError:
            raise Failure(f"{path}, record {number} is no tf.Example") from None
