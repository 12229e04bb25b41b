"""CSV files that are compressed: ``visits.csv.gz``.

Beam decompresses files by their ending, but TFX's CsvExampleGen reads the names of the columns from the
compressed bytes, and goes through the lines of an opened file as Beam's compressed files do not let it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from apache_beam.io.filesystem import CompressedFile, CompressionTypes
from apache_beam.io.filesystems import FileSystems
from tfx.utils import io_utils

_read_plain = io_utils.load_csv_column_names


def read_compressed_csv() -> None:
    """Makes TFX read compressed CSV files in this process, and so on Beam's workers that are in it."""
    io_utils.load_csv_column_names = _column_names
    if not hasattr(CompressedFile, "__iter__"):
        CompressedFile.__iter__ = _lines


def _lines(file: CompressedFile) -> Iterator[bytes]:
    return iter(file.readline, b"")


def _column_names(csv_file: str) -> list[str]:
    """Returns the names of a file's columns as `io_utils.load_csv_column_names` does."""
    if CompressionTypes.detect_compression_type(csv_file) == CompressionTypes.UNCOMPRESSED:
        names: list[str] = _read_plain(csv_file)
        return names
    with FileSystems.open(csv_file) as stream:
        return next(csv.reader([stream.readline().decode("utf-8")]), [])
