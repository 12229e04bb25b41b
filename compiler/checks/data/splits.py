"""Splits that so few rows cannot fill, and splits without columns that others have: W763, W768."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Sequence, Set
from itertools import islice
from pathlib import Path
from typing import Any

from tfxc.compiler.checks.data.inputs import LocalData, LocalInput
from tfxc.compiler.checks.thresholds import field, items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.file_kinds import open_data
from tfxc.schemas.input_data import missing_columns
from tfxc.schemas.words.suggest import enumeration
from tfxc.schemas.words.wording import joined

LIKELY = 0.01
"""The least probability of an empty split that is told."""
_ENOUGH = 5000
"""Rows that are counted at most."""


def empty_splits(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W763: a split by the examples' hashes that gets no example, surely or with some probability."""
    yield from over_variants(data.pipeline, lambda node: _empty(data, node, nodes))


def _empty(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    found = data.input_of(node) if nodes is None or node.id in nodes else None
    shares = _shares(node.values) if found is not None else None
    rows = _rows(found) if found is not None and shares else None
    if rows is None or not shares:
        return
    total = sum(shares.values())
    chance = sum((1 - share / total) ** rows for share in shares.values())
    if rows < len(shares) or chance >= LIKELY:
        names = joined([f"`{name}`" for name in shares], "and")
        gets = "gets none" if rows < len(shares) else "may well get none"
        message = (
            f"the data of `{node.id}` has {rows} row{'' if rows == 1 else 's'}: "
            f"one of the splits {names} {gets}"
        )
        help = "of an empty split TFX knows no column: SchemaGen then marks all of them as deprecated"
        yield Finding("W763", message, (*node.path, "input_base"), help=(help,))


def unlike_splits(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W768: an input split whose files lack a column that another's have, and that nobody leaves out."""
    left_out = {
        name
        for each in data.pipeline.nodes.values()
        for name in each.values.get("exclude_splits") or ()
        if isinstance(name, str)
    }
    yield from over_variants(data.pipeline, lambda node: _unlike(data, node, nodes, left_out))


def _unlike(
    data: LocalData, node: Node, nodes: frozenset[str] | None, left_out: Set[str]
) -> Iterator[Finding]:
    found = data.input_of(node) if nodes is None or node.id in nodes else None
    if found is None:
        return
    for split, other, columns in missing_columns(found.splits):
        if {split, other} & left_out:
            continue
        which = (
            ("the column " if len(columns) == 1 else "the columns ") + enumeration(columns)
            if found.is_shown
            else f"{len(columns)} column{'' if len(columns) == 1 else 's'}"
        )
        help = "SchemaGen marks such columns as deprecated, and they are taken for not there; "
        help += f"leave the split out of its statistics, `exclude_splits: [{split}]`, or add the column"
        yield Finding(
            "W768",
            f"the split `{split}` of `{node.id}` lacks {which}, which `{other}` has",
            (*node.path, "input_base"),
            help=(help,),
        )


def _shares(values: Any) -> dict[str, int] | None:
    """Returns the hash buckets of each split; None where the splits are files, or only a run can tell."""
    if len(list(items(values.get("input_config"), "splits"))) > 1:
        return None
    if values.get("output_config") is None:
        return {"train": 2, "eval": 1}
    shares = {}
    for _, split in items(field(values.get("output_config"), "split_config"), "splits"):
        name, buckets = field(split, "name"), field(split, "hash_buckets")
        if not isinstance(name, str) or not isinstance(buckets, int) or buckets < 1:
            return None
        shares[name] = buckets
    return shares if len(shares) > 1 else None


def _rows(found: LocalInput) -> int | None:
    """Returns how many rows there are, as far as is counted; None where there is no telling."""
    if found.files:
        return _rows_of_csv([file.path for file in found.files])
    counts = [table.rows for table in found.tables]
    if not counts or len(counts) < sum(len(split.paths) for split in found.splits):
        return None
    return None if None in counts else sum(count or 0 for count in counts)


def _rows_of_csv(files: Sequence[Path]) -> int:
    rows = 0
    for file in files:
        with contextlib.suppress(OSError, EOFError, zlib.error), open_data(file) as stream:
            rows += max(sum(1 for line in islice(stream, _ENOUGH) if line.strip()) - 1, 0)
        if rows >= _ENOUGH:
            break
    return rows
