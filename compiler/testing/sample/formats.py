"""Files of each kind that ExampleGens read: how many rows one has, and a file of some of them.

CSV and TFRecord files are copied as bytes, so that whatever is odd about them is odd in the sample. Reading
Parquet and Avro needs pyarrow and fastavro, which come with `tfxc[tfx]`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

from tfxc.schemas.failures import Failure
from tfxc.schemas.file_kinds import open_data
from tfxc.schemas.tf_records import RecordError, framed_records_in

_LONGEST_ROW = 100
"""Lines that a row in quotation marks may have: one mark too many would make the rest of the file one row."""


class Format(Protocol):
    """One kind of files. Both functions raise Failure for a file that is not of that kind, and OSError."""

    def count(self, path: Path, most_bytes: int) -> int:
        """Returns how many rows a file has; of a longer one those in its first bytes."""

    def copy(self, path: Path, target: Path, rows: Collection[int]) -> None:
        """Writes a file with some of the rows, in their order."""


class Csv:
    """Text files: a line with the names of the columns, and rows."""

    def count(self, path: Path, most_bytes: int) -> int:
        """Returns how many rows there are below the names of the columns."""
        with _readable(path), open_data(path) as stream:
            return max(0, sum(1 for _ in _csv_rows(stream, most_bytes)) - 1)

    def copy(self, path: Path, target: Path, rows: Collection[int]) -> None:
        """Writes the names of the columns and some rows."""
        with _readable(path), open_data(path) as stream, _compressed(target) as copy:
            for number, row in enumerate(_csv_rows(stream, None), start=-1):
                if number == -1 or number in rows:
                    copy.write(row)
                if number >= max(rows, default=0):
                    break


class Records:
    """TFRecord files, of whatever records."""

    def count(self, path: Path, most_bytes: int) -> int:
        """Returns how many records there are."""
        with _readable(path), open_data(path) as stream:
            return sum(1 for _ in _within(framed_records_in(stream), most_bytes))

    def copy(self, path: Path, target: Path, rows: Collection[int]) -> None:
        """Writes some records, with their checksums."""
        with _readable(path), open_data(path) as stream, _compressed(target) as copy:
            for number, framed in enumerate(framed_records_in(stream)):
                if number in rows:
                    copy.write(framed)
                if number >= max(rows, default=0):
                    break


class Parquet:
    """Parquet files: all their columns, with their types."""

    def count(self, path: Path, most_bytes: int) -> int:
        """Returns how many rows the file says that it has."""
        with _readable(path):
            return int(_pyarrow().ParquetFile(str(path)).metadata.num_rows)

    def copy(self, path: Path, target: Path, rows: Collection[int]) -> None:
        """Writes some rows, reading batch by batch."""
        parquet = _pyarrow()
        with _readable(path):
            file = parquet.ParquetFile(str(path))
            with parquet.ParquetWriter(str(target), file.schema_arrow) as writer:
                start = 0
                for batch in file.iter_batches():
                    wanted = [row - start for row in sorted(rows) if start <= row < start + batch.num_rows]
                    if wanted:
                        writer.write_batch(batch.take(_integers(wanted)))
                    start += batch.num_rows


class Avro:
    """Avro files, with their schema and codec."""

    def count(self, path: Path, most_bytes: int) -> int:
        """Returns how many rows the blocks say that they have."""
        with _readable(path), path.open("rb") as stream:
            found = 0
            for block in _fastavro().block_reader(stream):
                found += int(block.num_records)
                if stream.tell() > most_bytes:
                    break
            return found

    def copy(self, path: Path, target: Path, rows: Collection[int]) -> None:
        """Writes some rows."""
        fastavro = _fastavro()
        with _readable(path), path.open("rb") as stream, target.open("wb") as copy:
            reader = fastavro.reader(stream)
            chosen = (row for number, row in enumerate(reader) if number in rows)
            fastavro.writer(copy, reader.writer_schema, chosen, codec=reader.codec)


FORMATS: dict[str, Format] = {
    "csv": Csv(),
    "records": Records(),
    "parquet": Parquet(),
    "avro": Avro(),
}
"""by the ``input_format`` of a component's model; files of other kinds cannot be taken apart"""


def _csv_rows(stream: IO[bytes], most_bytes: int | None) -> Iterator[bytes]:
    """Yields the rows of a file as they stand there, the names of the columns first; no blank lines.

    A row ends with a line, but for one within quotation marks.
    """
    held: list[bytes] = []
    marks = read = 0
    for line in stream:
        read += len(line)
        if not held and not line.strip():
            continue
        held.append(line)
        marks += line.count(b'"')
        if marks % 2 == 0 or len(held) >= _LONGEST_ROW:
            yield b"".join(held)
            held, marks = [], 0
        if most_bytes is not None and read > most_bytes:
            break
    if held:
        yield b"".join(held)


def _within(records: Iterable[bytes], most_bytes: int) -> Iterator[bytes]:
    read = 0
    for record in records:
        yield record
        read += len(record)
        if read > most_bytes:
            return


def _compressed(path: Path) -> IO[bytes]:
    """Opens a file for writing, compressed as its ending says: see `tfxc.schemas.file_kinds.open_data`."""
    ending = path.suffix.lower()
    if ending == ".gz":
        # Without a time in it: the same sample is the same bytes.
        return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0))
    if ending == ".bz2":
        return cast("IO[bytes]", bz2.open(path, "wb"))
    return cast("IO[bytes]", lzma.open(path, "wb")) if ending == ".xz" else path.open("wb")


class _readable:  # noqa: N801 - used as a function
    """Turns what the readers of formats raise into a Failure that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError) and error.errno is not None:
            return
        if isinstance(error, (RecordError, EOFError, OSError, zlib.error, lzma.LZMAError, ValueError)):
            reason = str(error).split("\n")[0].rstrip(".") or "it is cut off"
            raise Failure(f"no sample of {self._path} can be taken: {reason}.") from None


def _pyarrow() -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        raise Failure(_NEEDS.format("Parquet", "pyarrow")) from None
    return parquet


def _integers(numbers: list[int]) -> Any:
    import pyarrow

    return pyarrow.array(numbers, pyarrow.int64())


def _fastavro() -> Any:
    try:
        import fastavro
    except ImportError:
        raise Failure(_NEEDS.format("Avro", "fastavro")) from None
    return fastavro


_NEEDS = (
    "a sample of {} files needs {}, which is not installed here: it comes with `pip install 'tfxc[tfx]'`."
)
