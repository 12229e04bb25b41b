"""Rows of CSV made into records, many at a time: `tf.train.Example`s, serialised deterministically.

The encoder is tfx_bsl's, which Transform writes its examples with. Its examples of one column each, put
together in protobuf's order of the columns, are what protobuf writes for the message of all columns: a
message is its tag, its length and its fields, and a map is a field for each of its entries
(https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, repeat
from typing import Any, Optional

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from apache_beam.transforms.window import GlobalWindows
from apache_beam.utils.windowed_value import WindowedValue
from tfx_bsl.coders.csv_decoder import ColumnInfo, ColumnType
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

_CELLS_AT_ONCE = 20_000
_BYTES_AT_ONCE = 4 * 1024 * 1024
"""How many bytes of rows are kept: cells may be large."""
_ONE_MORE_BYTE = 0x80
_FEATURES = b"\n"
"""The tag of the field `features` of a tf.train.Example."""

Row = Sequence[bytes]


_KINDS = {
    ColumnType.INT: ("int64_list", int, pa.int64()),
    ColumnType.FLOAT: ("float_list", float, pa.float32()),
    ColumnType.STRING: ("bytes_list", bytes, pa.large_binary()),
}
"""The list of a tf.train.Feature, what a cell is for it, and what that is for the encoder."""


@beam.typehints.with_input_types(list[bytes], list[ColumnInfo])
@beam.typehints.with_output_types(bytes)
class RowsToRecords(beam.DoFn):  # type: ignore[misc]
    """Does what TFX's `_ParsedCsvToTfExample` does, and gives the messages serialised.

    Blank lines are left out. Raises ValueError, as that does, for a row that has not as many cells as there
    are columns.
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._bytes = 0
        self._columns: Optional[Columns] = None

    def process(self, cells: Row, column_infos: Sequence[ColumnInfo]) -> Iterator[bytes]:
        """Keeps a row, and gives those that are kept when they are many."""
        if self._columns is None:
            self._columns = Columns(column_infos)
        if not cells:
            return
        if len(cells) != self._columns.count:
            raise ValueError(f"Invalid CSV line: {cells}")
        self._rows.append(cells)
        self._bytes += sum(map(len, cells))
        if len(self._rows) * self._columns.count >= _CELLS_AT_ONCE or self._bytes >= _BYTES_AT_ONCE:
            yield from self._records()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """Gives those that are left."""
        for record in self._records():
            yield GlobalWindows.windowed_value(record)

    def _records(self) -> list[bytes]:
        rows, self._rows, self._bytes = self._rows, [], 0
        return self._columns.records(rows) if self._columns is not None and rows else []


class Columns:
    """The columns of CSV data, as what their cells are written."""

    def __init__(self, infos: Sequence[ColumnInfo]) -> None:
        self.count = len(infos)
        self._encoder = RecordBatchToExamplesEncoder()
        # Of columns with one name the last counts, as for TFX.
        last = {info.name: (place, info.type) for place, info in enumerate(infos)}
        self._sorted = [(name, *last[name]) for name in _in_order(last)]

    def records(self, rows: Sequence[Row]) -> list[bytes]:
        """Returns the records of rows of as many cells as there are columns."""
        cells = list(zip(*rows, strict=True))
        entries = [self._entries(name, kind, cells[place]) for name, place, kind in self._sorted]
        return [
            _FEATURES + _length(features) + features for features in map(b"".join, zip(*entries, strict=True))
        ]

    def _entries(self, name: str, kind: int, cells: Sequence[bytes]) -> Iterable[bytes]:
        """Returns the entries of one column in the messages' maps of features."""
        if kind not in _KINDS:
            return repeat(_entry(name, tf.train.Feature()), len(cells))
        if "\0" in name:
            # The encoder takes a name to end there.
            return [_entry(name, _feature(kind, [cell])) for cell in cells]
        # In protobuf's numbers: its last float before infinity is another than C's.
        field, _, value_type = _KINDS[kind]
        values = pa.array(list(getattr(_feature(kind, cells), field).value), value_type)
        ends = accumulate((bool(cell) for cell in cells), initial=0)
        lists = pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), values)
        examples = self._encoder.encode(pa.RecordBatch.from_arrays([lists], [name]))
        return [_without_head(example) for example in examples]


def _in_order(names: Iterable[str]) -> Iterator[str]:
    """Yields names of features in the order that protobuf writes them in deterministically.

    Its implementations differ: for one of them `a` comes before `ab`, for another after it.
    """
    entries = {_entry(name, tf.train.Feature()): name for name in names}
    features = tf.train.Features(feature={name: tf.train.Feature() for name in entries.values()})
    written, start = features.SerializeToString(deterministic=True), 0
    while start < len(written):
        body, length = _head(written, start)
        yield entries[written[start : body + length]]
        start = body + length


def _feature(kind: int, cells: Iterable[bytes]) -> Any:
    """Returns the feature of cells, made as TFX does: an empty one has no value."""
    field, convert, _ = _KINDS[kind]
    feature = tf.train.Feature()
    values = getattr(feature, field)
    values.SetInParent()
    values.value.extend(map(convert, filter(None, cells)))
    return feature


def _entry(name: str, feature: Any) -> bytes:
    """Returns the entry of one feature."""
    example = tf.train.Example(features=tf.train.Features(feature={name: feature}))
    return _without_head(example.SerializeToString())


def _without_head(example: bytes) -> bytes:
    """Returns a serialised tf.train.Example without the tag and the length of its features."""
    # Most are short, and there is one for each cell.
    return example[2:] if example[1] < _ONE_MORE_BYTE else example[_head(example, 0)[0] :]


def _head(message: bytes, start: int) -> tuple[int, int]:
    """Returns where the body of the field that begins at ``start`` begins, and how long it is."""
    length, shift, place = 0, 0, start + 1
    while message[place] & _ONE_MORE_BYTE:
        length |= (message[place] & (_ONE_MORE_BYTE - 1)) << shift
        shift, place = shift + 7, place + 1
    return place + 1, length | message[place] << shift


def _length(message: bytes) -> bytes:
    """Returns the length of a message as protobuf writes it: seven bits a byte, the least first."""
    length, written = len(message), bytearray()
    while length >= _ONE_MORE_BYTE:
        written.append(length & (_ONE_MORE_BYTE - 1) | _ONE_MORE_BYTE)
        length >>= 7
    written.append(length)
    return bytes(written)
