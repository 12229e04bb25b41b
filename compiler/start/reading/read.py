"""Which reader a file is for."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from tfxc.compiler.start.reading.table import Table
from tfxc.schemas.failures import WrongUse

_PARQUET = b"PAR1"
_RECORDS = frozenset({".tfrecord", ".tfrecords"})
_NO_TABLES = {
    ".xlsx": "a spreadsheet",
    ".xls": "a spreadsheet",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".zip": "an archive",
    ".avro": "Avro",
}


def read_table(path: Path, separator: Optional[str] = None, has_header: Optional[bool] = None) -> Table:
    """Looks at all of a data file. Raises WrongUse if it is not there or no table; Failure, OSError."""
    if not path.exists():
        raise WrongUse(f"--data: there is no file {path}")
    if not path.is_file():
        raise WrongUse(f"--data: {path} is no file; name one CSV, Parquet or TFRecord file")
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _NO_TABLES:
        raise WrongUse(f"--data: {path} is {_NO_TABLES[suffixes[-1]]}; save the data as CSV, or as Parquet")
    with path.open("rb") as stream:
        beginning = stream.read(len(_PARQUET))
    if beginning == _PARQUET:
        from tfxc.compiler.start.reading.parquet_table import read_parquet

        return read_parquet(path)
    if _RECORDS & set(suffixes) or "tfrecord" in path.name:
        from tfxc.compiler.start.reading.records_table import read_tfrecord

        return read_tfrecord(path)
    from tfxc.compiler.start.reading.csv_table import read_csv

    return read_csv(path, separator, has_header)
