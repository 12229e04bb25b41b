"""What a TransformGraph holds beside its graph: the vocabularies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tfxc.backends.reports.artifacts.files import UnreadableError, folder, read

SHOWN_ENTRIES = 12


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary file: its size, and the entries with the lowest numbers."""

    name: str
    size: int
    first: tuple[str, ...]


def read_vocabularies(uri: str) -> tuple[Vocabulary, ...]:
    """Returns the vocabularies that are text files. Raises UnreadableError."""
    return tuple(_vocabularies(folder(uri) / "transform_fn" / "assets"))


def _vocabularies(root: Path) -> Iterator[Vocabulary]:
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        # Those with another ending are compressed TFRecords.
        if not path.is_file() or path.suffix == ".gz":
            continue
        try:
            lines = read(path).decode("utf-8", "replace").splitlines()
        except UnreadableError:
            continue
        yield Vocabulary(path.name, len(lines), tuple(lines[:SHOWN_ENTRIES]))
