"""Spans whose files have other columns than those of the span before: W777."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from tfxc.compiler.checks.data.inputs import LocalData, LocalInput, splits_of
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.csv_files import CsvFile, read_csv_file
from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_spans import has_spans, span_before
from tfxc.schemas.data_tables import DataTable
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.input_data import InputSplit
from tfxc.schemas.table_files import read_table_file
from tfxc.schemas.words.suggest import enumeration


def unlike_spans(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W777: the span that is read lacks columns of the one before it, or has columns that that one lacks."""
    yield from over_variants(data.pipeline, lambda node: _unlike(data, node, nodes))


def _unlike(data: LocalData, node: Node, nodes: frozenset[str] | None) -> Iterator[Finding]:
    found = data.input_of(node) if nodes is None or node.id in nodes else None
    model = node.model
    folder = data.folder_of(node)
    patterns = dict(splits_of(node) or ())
    if found is None or folder is None or model is None or model.input_format is None:
        return
    for split in found.splits:
        pattern = patterns.get(split.name, "")
        if not split.columns or not has_spans(pattern):
            continue
        before = span_before(folder, pattern, split.paths[0])
        if before is None:
            continue
        other = _first_file(before.paths, model.input_format)
        sentence = _difference(found, split, other) if other is not None else None
        if sentence is not None and other is not None:
            name = f" (split `{split.name}`)" if split.name else ""
            help = (
                "what was made of the other span, such as a schema, a Transform or a model, takes them for "
                "missing or for new"
            )
            files = f": see {split.paths[0]} and {other.path}" if found.is_shown else ""
            yield Finding(
                "W777",
                f"span {before.later} of `{node.id}`{name} {sentence[0]}, which span {before.span} "
                f"{sentence[1]}{files}",
                (*node.path, "input_base"),
                help=(help,),
            )


def _difference(found: LocalInput, split: InputSplit, other: CsvFile | DataTable) -> tuple[str, str] | None:
    """Returns what the span has or lacks, and what the one before it does; None if they have the same."""
    sometimes = other.sometimes if isinstance(other, DataTable) else ()
    lacking = [name for name in other.columns if name not in split.columns and name not in sometimes]
    new = [name for name in split.steady_columns if name not in other.columns]
    if lacking:
        return f"lacks {_named(lacking, found)}", "has"
    return (f"has {_named(new, found)}", "lacks") if new else None


def _named(columns: Sequence[str], found: LocalInput) -> str:
    if not found.is_shown:
        return f"{len(columns)} column{'' if len(columns) == 1 else 's'}"
    return ("the column " if len(columns) == 1 else "the columns ") + enumeration(columns)


def _first_file(paths: Sequence[FilePath], input_format: str) -> CsvFile | DataTable | None:
    """Returns the first of some files; None where it is none that TFX would read, or tells no columns."""
    try:
        if input_format == "csv":
            return read_csv_file(paths[0])
        table = read_table_file(paths[0], input_format)
    except (DataFileError, OSError, ValueError):
        return None
    return table if table is not None and table.columns else None
