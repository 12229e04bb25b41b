"""What the beginnings of Parquet, Avro and TFRecord files tell: columns, their types and how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Optional

ColumnKind = Literal["INT", "FLOAT", "BYTES", ""]
"""What TFX makes of a column's values, as a schema calls it; empty where there is no telling."""


@dataclass(frozen=True)
class DataTable:
    """The columns of a file, and the kinds of those of one sure kind.

    A TFRecord file has no list of columns: its are those of the first ``sampled`` records, and ``partial``
    says that there are more. ``sometimes`` are columns that some of these records lack. ``rows`` is how many
    there are, None where it is not said.
    """

    path: Path
    columns: tuple[str, ...]
    kinds: Mapping[str, ColumnKind]
    rows: Optional[int] = None
    sampled: int = 0
    partial: bool = False
    sometimes: frozenset[str] = field(default_factory=frozenset)
