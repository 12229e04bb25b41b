"""A sample of what one ExampleGen reads, as a folder that stands in the place of its ``input_base``."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tfxc.compiler.testing.sample.choose import chosen_files, chosen_rows
from tfxc.compiler.testing.sample.formats import FORMATS
from tfxc.schemas.data_files import DataFileError, matching_files, nearest
from tfxc.schemas.data_spans import filled
from tfxc.schemas.failures import Failure, because
from tfxc.schemas.file_kinds import UNREADABLE_ENDINGS

MOST_FILES = 100
"""Files of a split that a sample is taken from."""
MOST_BYTES = 1 << 30
"""Bytes of the files of a split that are looked at."""
MOST_WHOLE = 64 << 20
"""Bytes of files that are copied as they are, because they cannot be taken apart."""


@dataclass(frozen=True)
class SplitSample:
    """What was taken of a split. Rows are None where they cannot be counted.

    ``of_rows`` are those of the files that were looked at; ``is_whole`` is whether nothing was left out.
    """

    node: str
    split: str
    rows: int | None
    of_rows: int | None
    files: int
    of_files: int

    @property
    def is_whole(self) -> bool:
        return self.rows == self.of_rows and self.files == self.of_files


def take_sample(
    node: str,
    folder: Path,
    splits: Sequence[tuple[str, str]],
    input_format: str,
    span: int | None,
    target: Path,
    most_rows: int,
) -> list[SplitSample]:
    """Copies a sample of the files of splits (name and pattern) to ``target``, below the same names.

    Of patterns with spans only the span and version are there that the node would read. ``most_rows`` is for
    each split. Raises Failure if nothing would be read, or no sample can be taken.
    """
    try:
        patterns = filled(folder, splits, span)
        found = [
            (name, matching_files(folder, pattern, input_format != "csv"), pattern)
            for name, pattern in patterns
        ]
    except DataFileError as error:
        raise Failure(str(error)) from None
    except (ValueError, NotImplementedError) as error:
        raise Failure(f"`{node}` has a pattern that is none: {error}.") from None
    target.mkdir(parents=True)
    samples = []
    for name, paths, pattern in found:
        if not paths:
            of_split = f" (split `{name}`)" if name else ""
            near = nearest(folder, pattern)
            raise Failure(f"no file in {folder} matches `{pattern}`{of_split}{': ' if near else ''}{near}.")
        try:
            samples.append(_of_split(node, name, folder, paths, input_format, target, most_rows))
        except OSError as error:
            raise Failure(f"no sample can be taken: {because(error, folder)}.") from None
    return samples


def _of_split(
    node: str,
    name: str,
    folder: Path,
    paths: Sequence[Path],
    input_format: str,
    target: Path,
    most_rows: int,
) -> SplitSample:
    sizes = [path.stat().st_size for path in paths]
    files = FORMATS.get(input_format)
    if files is None or any(path.suffix.lower() in UNREADABLE_ENDINGS for path in paths):
        if sum(sizes) > MOST_WHOLE:
            raise Failure(
                f"`{node}` reads {sum(sizes) >> 20:,} MiB of files that no sample can be taken of, such as "
                f"{paths[0]}: give it less in a test (a parameter, or the environment `test`), or say "
                f"`--whole {node}`."
            )
        for path in paths:
            _copy(path, folder, target)
        return SplitSample(node, name, None, None, len(paths), len(paths))
    looked_at = [paths[place] for place in chosen_files(sizes, MOST_FILES, MOST_BYTES)]
    counts = [files.count(path, MOST_BYTES) for path in looked_at]
    chosen = chosen_rows(counts, most_rows)
    found = taken = 0
    for path, count, rows in zip(looked_at, counts, chosen, strict=True):
        copy = _place(path, folder, target)
        if copy.exists():  # splits may share files: then what the first has taken is there
            found += files.count(copy, MOST_BYTES)
        elif len(rows) == count and path.stat().st_size <= MOST_BYTES:
            shutil.copyfile(path, copy)
            found += count
        elif rows:
            files.copy(path, copy, rows)
            found += len(rows)
        else:
            continue
        taken += 1
    return SplitSample(node, name, found, sum(counts), taken, len(paths))


def _copy(path: Path, folder: Path, target: Path) -> None:
    copy = _place(path, folder, target)
    if not copy.exists():
        shutil.copyfile(path, copy)


def _place(path: Path, folder: Path, target: Path) -> Path:
    copy = target / path.relative_to(folder)
    copy.parent.mkdir(parents=True, exist_ok=True)
    return copy
