"""What is wrong with the files of a CsvExampleGen, by file and line.

TFX reads a folder without CSV files, an empty file and a header without rows as examples without
a row, and succeeds. For a broken line Beam gives the values but neither file nor line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.components import find_component_model
from tfxc.schemas.csv_files import (
    ALL_FILES,
    CsvFileError,
    check_matches,
    check_same_columns,
    has_spans,
    matching_files,
    read_csv_file,
)
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import PlanNode, StandardComponent
from tfxc.schemas.plan_values import is_uri

_ENDLESS = 10_000_000
"""Lines of one file that are looked through for a broken one."""


def input_folder(node: PlanNode, values: Values) -> Optional[str]:
    """Returns the folder that an ExampleGen reads; None for other nodes and for URIs."""
    argument = node.arguments.get("input_base")
    if not isinstance(node.component, StandardComponent) or argument is None:
        return None
    folder = resolve(argument.value, values, f"{node.id}.input_base")
    return folder if isinstance(folder, str) and not is_uri(folder) else None


def check(node: PlanNode, values: Values) -> None:
    """Raises Failure if an ExampleGen would find no data (no folder, no files, no rows), or if it would
    read CSV files wrongly."""
    folder = input_folder(node, values)
    if folder is None:
        return
    shown = Path(folder).absolute()
    if not shown.exists():
        raise Failure(f"the folder {shown} is not there: `input_base` names it.")
    if not shown.is_dir():
        raise Failure(f"{shown} is a file: `input_base` must name the folder that it lies in.")
    for name, pattern in _patterns(node, values):
        try:
            reads_all = _reads_csv(node) and not has_spans(pattern)
            if reads_all:
                check_matches(shown, pattern)
            files = matching_files(shown, pattern)
            if not files:
                split = f" (split `{name}`)" if name else ""
                raise Failure(f"no file in {shown} matches `{pattern}`{split}.")
            if reads_all:
                _check_csv(files)
        except CsvFileError as error:
            raise Failure(str(error)) from None


def _reads_csv(node: PlanNode) -> bool:
    model = find_component_model(node.component.type)
    return model is not None and model.input_format == "csv"


def _patterns(node: PlanNode, values: Values) -> list[tuple[str, str]]:
    """Returns split name and file pattern of each input split; by default one of all files."""
    argument = node.arguments.get("input_config")
    config: Any = None
    if argument is not None:
        config = resolve(argument.value, values, f"{node.id}.input_config")
    splits = config.get("splits") if isinstance(config, dict) else None
    found = [
        (str(split.get("name", "")), str(split["pattern"]))
        for split in splits or ()
        if isinstance(split, dict) and split.get("pattern")
    ]
    return found or [("", ALL_FILES)]


def _check_csv(files: Sequence[Path]) -> None:
    """Raises Failure if TFX would read files wrongly, or if none has a row below its header."""
    read = []
    for file in files:
        try:
            read.append(read_csv_file(file.absolute()))
        except OSError as error:
            raise Failure(f"{file.absolute()} cannot be read: {error.strerror}.") from None
    check_same_columns(read)
    if not any(file.has_rows for file in read):
        raise Failure(f"{files[0].absolute()} has column names but no rows.")


def broken_line(node: PlanNode, values: Values) -> Optional[str]:
    """Returns a sentence about the first line that cannot be read; None if all can.

    For after a failure: it reads the files. Lines are read one by one, as Beam does: a quoted value
    must not go over several.
    """
    folder = input_folder(node, values)
    if folder is None or not _reads_csv(node):
        return None
    for _, pattern in _patterns(node, values):
        header: Optional[list[str]] = None
        first: Optional[Path] = None
        for file in matching_files(Path(folder), pattern):
            problem, columns = _broken_in(file)
            if problem is not None:
                return problem
            if header is not None and columns != header and first is not None:
                return (
                    f"{file.absolute()} has other columns than {first.name}: "
                    f"{', '.join(columns)} instead of {', '.join(header)}."
                )
            header, first = columns, file
    return None


def _broken_in(file: Path) -> tuple[Optional[str], list[str]]:
    """Returns a sentence about the first broken line of a file, and its column names."""
    columns: list[str] = []
    for number, raw in _lines(file):
        where = f"{file.absolute()}, line {number}"
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            return f"{where} is not UTF-8 text: save the file as UTF-8.", columns
        if not text.strip():
            continue
        if text.count('"') % 2:
            return f"{where} has a quotation mark that is not closed: {_excerpt(text)}", columns
        cells = next(csv.reader([text]), [])
        if not columns:
            columns = cells
        elif len(cells) != len(columns):
            return (
                f"{where} has {len(cells)} {'value' if len(cells) == 1 else 'values'}, but there are "
                f"{len(columns)} columns ({', '.join(columns)}): {_excerpt(text)}"
            ), columns
    return None, columns


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yields line number and line."""
    with file.open("rb") as stream:
        yield from enumerate(islice(stream, _ENDLESS), start=1)


def _excerpt(text: str) -> str:
    """Returns the beginning of a line, for a message."""
    return text if len(text) <= 60 else text[:59] + "…"
