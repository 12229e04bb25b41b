"""Which file of TFRecords, Parquet or Avro cannot be read: Beam's errors do not name it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from apache_beam.io.tfrecordio import _TFRecordUtil

from tfxc.backends.launcher.node import csv_input
from tfxc.backends.launcher.protocol.example_input import input_format
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.file_kinds import open_data
from tfxc.schemas.plan import PlanNode

_TF_EXAMPLE, _SEQUENCE_EXAMPLE = 6, 7
"""``payload_format`` (tfx.proto.example_gen_pb2.PayloadFormat)"""


def broken_file(node: PlanNode, values: Values) -> Optional[str]:
    """Returns a sentence about the first file that cannot be read to its end; None if all can.

    For after a failure: it reads the files.
    """
    reads = {"records": _records, "parquet": _parquet, "avro": _avro}.get(input_format(node) or "")
    if reads is None:
        return None
    for path in (path for paths in csv_input.files(node, values) for path in paths):
        number = 0
        try:
            for number in reads(path, node, values):  # noqa: B007
                pass
        except _NoExampleError as error:
            return f"{path.absolute()}, record {number + 1}: {error}"
        except (ValueError, EOFError, OSError, zlib.error, StopIteration) as error:
            reason = " ".join(str(error).split()).rstrip(".")
            return f"{path.absolute()} is cut off or broken behind record {number} ({reason})."
    return None


class _NoExampleError(Exception):
    """A record is whole, but no example."""


def _records(path: Path, node: PlanNode, values: Values) -> Iterator[int]:
    """Yields the number of each record of a TFRecord file that can be read."""
    import tensorflow as tf

    argument = node.arguments.get("payload_format")
    payload = (
        _TF_EXAMPLE if argument is None else resolve(argument.value, values, f"{node.id}.payload_format")
    )
    kinds = {_TF_EXAMPLE: tf.train.Example, _SEQUENCE_EXAMPLE: tf.train.SequenceExample}
    kind = kinds.get(payload) if isinstance(payload, int) else None
    with open_data(path) as stream:
        number = 0
        while (record := _TFRecordUtil.read_record(stream)) is not None:
            if kind is not None and not _parses(kind, record):
                raise _NoExampleError(
                    f"it is no tf.train.{kind.__name__}; `payload_format` says what the records hold."
                )
            number += 1
            yield number


def _parses(kind: type, record: bytes) -> bool:
    from google.protobuf.message import DecodeError

    try:
        kind.FromString(record)  # type: ignore[attr-defined]
    except DecodeError:
        return False
    return True


def _parquet(path: Path, node: PlanNode, values: Values) -> Iterator[int]:
    """Yields how many rows of a Parquet file could be read."""
    from pyarrow import parquet

    del node, values
    number = 0
    for batch in parquet.ParquetFile(path).iter_batches():
        number += batch.num_rows
        yield number


def _avro(path: Path, node: PlanNode, values: Values) -> Iterator[int]:
    """Yields the number of each record of an Avro file that can be read."""
    import fastavro

    del node, values
    with path.open("rb") as stream:
        yield from (number for number, _ in enumerate(fastavro.reader(stream), start=1))
