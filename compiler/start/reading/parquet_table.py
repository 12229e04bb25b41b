"""Parquet, read with pyarrow, which comes with the extra `tfx`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional

from tfxc.compiler.start.columns import Kind, without_gap
from tfxc.compiler.start.reading.table import Cells, Table, look_at
from tfxc.schemas.failures import Failure

_ZEROS = "a form that keeps zeros: TFX's reader of Parquet takes a 0 and an empty text for a gap"


def read_parquet(path: Path) -> Table:
    """Looks at a Parquet file. Raises Failure if there is no pyarrow, or for what is no Parquet file."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise Failure(
            "reading Parquet needs pyarrow, which is not installed here: install it with "
            "`pip install 'tfxc[tfx]'`, or save the data as CSV"
        ) from None
    try:
        names = tuple(parquet.ParquetFile(path).schema_arrow.names)
    except pyarrow.ArrowInvalid:
        raise Failure(f"{path} is no Parquet file, or is damaged") from None
    unfit: dict[str, str] = {}

    def rows() -> Iterator[Cells]:
        for batch in parquet.ParquetFile(path).iter_batches():
            columns = [batch.column(position).to_pylist() for position in range(len(names))]
            for values in zip(*columns, strict=True):
                yield [_text(name, value, unfit) for name, value in zip(names, values, strict=True)]

    found = look_at(path, names, rows)
    columns = tuple(
        replace(each, kind=Kind.OTHER, trouble=unfit[each.source]) if each.source in unfit else each
        for each in found
    )
    return Table(path, "Parquet", columns, rows, (), (_ZEROS,))


def _text(name: str, value: Any, unfit: dict[str, str]) -> Optional[str]:
    """Returns a value as CSV has it. One that CSV cannot hold makes its column unfit, and is a gap."""
    if value is None or isinstance(value, str):
        return None if value is None else without_gap(value)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, (int, float, Decimal)):
        return without_gap(str(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    unfit[name] = "images or other bytes" if isinstance(value, bytes) else "lists or records"
    return None
