"""Which files the pattern of a split matches, and what of them is no data.

TFX looks up patterns with ``tf.io.gfile.glob``: hidden files count, a folder that the last part matches is
read as a file by CsvExampleGen, and ``**`` goes no deeper than ``*``. Beam, which reads the files of the
other ExampleGens, goes into all folders for ``**``, and leaves folders out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from tfxc.schemas.words.suggest import enumeration

ALL_FILES = "*"
"""The pattern of input that names none."""

_STARS = re.compile(r"\*{2,}")
_NO_DATA = re.compile(
    r"_[A-Z_]+|_(committed|started|metadata|common_metadata|delta_log).*|\..*|~.*|.*~|Thumbs\.db"
)
"""Names of what programs leave beside data: Spark's ``_SUCCESS``, checksums, what file managers keep."""


class DataFileError(Exception):
    """Why a file, or what a pattern matches, cannot be read. The text is a sentence that names the file.

    ``problem`` is its beginning, without what it says of the file's ``content``; ``help`` is what to do, and
    ``code`` the diagnostic that tells it before a run.
    """

    def __init__(self, problem: str, help: str = "", content: str = "", code: str = "W761") -> None:
        super().__init__(f"{problem}{content}{': ' if help else ''}{help}.")
        self.problem = problem
        self.content = content
        self.help = help
        self.code = code


def matches(folder: Path, pattern: str, into_folders: bool = False) -> list[Path]:
    """Returns the files and folders that a pattern without placeholders matches, sorted.

    ``into_folders`` is whether ``**`` goes into all folders, as for Beam.
    Raises OSError, and ValueError or NotImplementedError for what is no pattern.
    """
    return sorted(folder.glob(pattern if into_folders else _STARS.sub("*", pattern)))


def matching_files(folder: Path, pattern: str, into_folders: bool = False) -> list[Path]:
    """Returns the files that a pattern without placeholders matches, sorted; see `matches`."""
    return [path for path in matches(folder, pattern, into_folders) if path.is_file()]


def check_matches(folder: Path, pattern: str) -> None:
    """Raises DataFileError if a pattern of CSV files matches what TFX would read and is no data, or if files
    lie deeper than its ``**`` goes."""
    found = matches(folder, pattern)
    for path in found:
        if path.is_dir():
            raise DataFileError(
                f"{path} is a folder that the pattern `{pattern}` matches, and TFX reads it as a file",
                f"move it away, or {name_them(pattern, found)}",
            )
    check_are_data(found, pattern)
    deeper = _STARS.search(pattern) and set(matching_files(folder, pattern, into_folders=True)) - set(found)
    if deeper:
        raise DataFileError(
            f"the pattern `{pattern}` would leave out {min(deeper)}",
            "for TFX `**` is one folder, as `*` is: write a `*` for each folder on the way",
        )


def check_are_data(found: Sequence[Path], pattern: str) -> None:
    """Raises DataFileError if among several files that a pattern matches one is surely no data."""
    for path in found:
        if len(found) > 1 and _NO_DATA.fullmatch(path.name):
            raise DataFileError(
                f"{path} is no data, but the pattern `{pattern}` matches it, and TFX would read it",
                f"remove it, or {name_them(pattern, found)}",
            )


def name_them(pattern: str, found: Sequence[Path]) -> str:
    """Returns what to write so that a pattern matches no more than the data among what it matches now."""
    files = [path for path in found if path.is_file() and not _NO_DATA.fullmatch(path.name)]
    below = "" if files else "*/"
    if not files:
        files = [file for path in found if path.is_dir() for file in sorted(path.iterdir()) if file.is_file()]
    suggested = f"{pattern.rpartition('/')[0]}/{below if files else ''}*{usual_ending(files)}".lstrip("/")
    return f"name the files by a pattern such as `{suggested}`, as {as_input_config(suggested)}"


def as_input_config(pattern: str) -> str:
    """Returns how a pattern is written in a spec."""
    return f'`input_config: {{splits: [{{name: all, pattern: "{pattern}"}}]}}`'


def usual_ending(found: Sequence[Path]) -> str:
    """Returns the ending that most of the data files have: ``.csv`` if none has one."""
    endings = Counter(
        "".join(path.suffixes[-2:]) if path.suffix in (".gz", ".bz2") else path.suffix
        for path in found
        if path.suffix and not _NO_DATA.fullmatch(path.name)
    )
    return endings.most_common(1)[0][0] if endings else ".csv"


def split_as_pattern(path: Path) -> tuple[Path, str] | None:
    """Returns folder and pattern if a path is a pattern, or a file, in a folder that is there; else None."""
    try:
        return _split_as_pattern(path)
    except (OSError, ValueError):
        return None


def _split_as_pattern(path: Path) -> tuple[Path, str] | None:
    parts = path.parts
    first = next((place for place, part in enumerate(parts) if re.search(r"[*?\[{]", part)), None)
    place = first if first is not None else len(parts) - 1
    if place < 0 or (first is None and not path.is_file()):
        return None
    folder = Path(*parts[:place])
    return (folder, "/".join(parts[place:])) if folder.is_dir() else None


def nearest(folder: Path, pattern: str, most: int = 5) -> str:
    """Returns what there is in place of what a pattern asks for, the likest first; nothing if nothing is."""
    here = [folder]
    for part in pattern.split("/"):
        below = [path for each in here for path in matches(each, part)] if part else here
        if not below:
            names = sorted({path.name for each in here if each.is_dir() for path in each.iterdir()})
            near = get_close_matches(part, names, n=most, cutoff=0.0)
            where = "there" if here == [folder] else f"in {here[-1]} there"
            verb = "is" if len(near) == 1 else "are"
            return f"{where} {verb} {enumeration(near)}" if near else "it is empty"
        here = below
    return ""
