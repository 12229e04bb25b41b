"""What is wrong with the files of an ExampleGen, by file and line.

TFX reads a folder without CSV files, an empty file and a header without rows as examples without
a row, and succeeds. For a broken line Beam gives the values but neither file nor line.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Optional

from tfxc.backends.launcher.protocol.example_input import (
    input_format,
    input_place,
    input_span,
    input_splits,
)
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.data_files import (
    DataFileError,
    as_input_config,
    matching_files,
    split_as_pattern,
)
from tfxc.schemas.data_spans import filled
from tfxc.schemas.failures import Failure
from tfxc.schemas.file_kinds import UNREADABLE_ENDINGS, open_data
from tfxc.schemas.generator import making_words
from tfxc.schemas.input_data import InputData, missing_columns, read_input
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import enumeration

_ENDLESS = 10_000_000
"""Lines of one file that are looked through for a broken one."""


def input_folder(node: PlanNode, values: Values) -> Optional[str]:
    """Returns the folder that an ExampleGen reads; None for other nodes and for URIs."""
    folder = input_place(node, values)
    return None if folder is None or is_uri(folder) else folder


def check(node: PlanNode, values: Values) -> list[str]:
    """Returns what is to be said of the files that an ExampleGen reads, and is no mistake of theirs.

    Raises Failure if it would find no data (no folder, no files, no rows), or would read files wrongly.
    """
    folder = input_folder(node, values)
    if folder is None:
        return []
    shown = Path(folder).absolute()
    pattern = None if shown.is_dir() else split_as_pattern(shown)
    if pattern is not None:
        what = "a file" if shown.exists() else "a pattern"
        raise Failure(
            f"{shown} is {what}: `input_base` must name the folder that it lies in, {pattern[0]}, and "
            f"{as_input_config(pattern[1])} the files."
        )
    if not shown.exists():
        made = making_words(Path(values.folder or "."))
        raise Failure(f"the folder {shown} is not there: `input_base` names it{f'; {made}' if made else ''}.")
    try:
        data = read_input(
            shown,
            input_splits(node, values),
            input_format(node) or "other",
            input_span(node, values),
            has_examples=False,  # records that are none are told when the node has failed over them
        )
    except DataFileError as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"{error.filename or shown} cannot be read: {error.strerror or error}.") from None
    except (ValueError, NotImplementedError):
        return []  # it is no pattern, as TFX says
    return [*data.remarks, *_about_columns(data)]


def files(node: PlanNode, values: Values) -> list[list[Path]]:
    """Returns the files of each split that an ExampleGen reads here, as far as there is telling."""
    folder = input_folder(node, values)
    if folder is None:
        return []
    try:
        splits = filled(Path(folder), input_splits(node, values), input_span(node, values))
        into_folders = input_format(node) != "csv"
        found = [matching_files(Path(folder), pattern, into_folders) for _, pattern in splits]
    except (DataFileError, OSError, ValueError, NotImplementedError):
        return []
    return [[path for path in paths if path.suffix.lower() not in UNREADABLE_ENDINGS] for paths in found]


def _about_columns(data: InputData) -> list[str]:
    """Returns sentences about splits that lack columns of others."""
    return [
        f"the split `{split}` lacks {enumeration(columns)}, which `{other}` has"
        for split, other, columns in missing_columns(data.splits)
    ]


def broken_line(node: PlanNode, values: Values) -> Optional[str]:
    """Returns a sentence about the first line of CSV that cannot be read; None if all can.

    For after a failure: it reads the files.
    """
    if input_format(node) != "csv":
        return None
    for paths in files(node, values):
        header: Optional[list[str]] = None
        first: Optional[Path] = None
        for file in paths:
            try:
                problem, columns = _broken_in(file)
            except (OSError, EOFError, zlib.error):
                return f"{file.absolute()} cannot be read to its end: it is cut off, or broken."
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
    try:
        for number, text in records(file):
            where = f"{file.absolute()}, line {number}"
            if text.count('"') % 2:
                return f"{where} has a quotation mark that is not closed: {_excerpt(text)}", columns
            try:
                cells = next(csv.reader([text]), [])
            except csv.Error as error:
                return f"{where}: {error}.", columns
            if not columns:
                columns = cells
            elif len(cells) != len(columns):
                return (
                    f"{where} has {len(cells)} {'value' if len(cells) == 1 else 'values'}, but there are "
                    f"{len(columns)} columns ({', '.join(columns)}): {_excerpt(text)}"
                ), columns
    except UnicodeDecodeError as error:
        return f"{file.absolute()}, line {error.reason} is not UTF-8 text: save the file as UTF-8.", columns
    return None, columns


def records(file: Path) -> Iterator[tuple[int, str]]:
    """Yields the number of the first line and the text of each record, without blank ones; the header first.

    A record goes over several lines as long as a quotation mark is open, as for TFX; the header is one line.
    Raises OSError, EOFError or zlib.error for a file that cannot be decompressed, and UnicodeDecodeError
    whose reason is the number of the line.
    """
    pending, began = "", 0
    with open_data(file) as stream:
        for number, raw in enumerate(islice(stream, _ENDLESS), start=1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise UnicodeDecodeError("utf-8", raw, error.start, error.end, str(number)) from None
            began = began if pending else number
            pending += line
            if number > 1 and pending.count('"') % 2:
                continue
            text = pending.rstrip("\r\n")
            pending = ""
            if text.strip():
                yield began, text
    if pending.strip():
        yield began, pending.rstrip("\r\n")


def _excerpt(text: str) -> str:
    """Returns the beginning of a line, for a message."""
    text = text.splitlines()[0]
    return text if len(text) <= 60 else text[:59] + "…"
