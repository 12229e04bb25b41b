"""Which span and version TFX takes of the files that a split's pattern matches, and why it finds none.

The rules are those of ``tfx.components.example_gen.utils.calculate_splits_fingerprint_span_and_version``: the
latest span, of it the latest version, the same for all splits; with a static range the span that it begins
with. TFX then fills the numbers into the pattern again, as wide as it says or without zeros before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tfxc.schemas.data_files import DataFileError, matching_files, nearest
from tfxc.schemas.words.suggest import enumeration

CODE = "W767"
_PLACEHOLDER = re.compile(r"\{(?P<name>SPAN|VERSION|YYYY|MM|DD)(?::(?P<width>\d+))?\}")
_EPOCH = date(1970, 1, 1)
_DATE_WIDTHS = {"YYYY": 4, "MM": 2, "DD": 2}
_LATEST_SPANS = 5
"""Spans that a message names."""


@dataclass(frozen=True)
class _Match:
    """A file that a pattern matches, with the texts that stand for its placeholders."""

    path: Path
    span: int
    version: int
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Chosen:
    """What of a split is read: its pattern without placeholders, and of which span and version."""

    pattern: str
    span: int = 0
    version: int = 0


def has_spans(pattern: str) -> bool:
    """Whether a pattern has placeholders: then TFX reads only some of the files that it matches."""
    return _PLACEHOLDER.search(pattern) is not None


def without_spans(pattern: str) -> str:
    """Returns a pattern that matches the files of all spans and versions."""
    return _PLACEHOLDER.sub("*", pattern)


def filled(folder: Path, splits: Sequence[tuple[str, str]], start: int | None) -> list[tuple[str, str]]:
    """Returns names and patterns of splits with the span and version filled in that TFX would read.

    ``start`` is the span that a static range asks for. Raises DataFileError, and what
    `tfxc.schemas.data_files.matches` does.
    """
    chosen = [(name, _choose(folder, name, pattern, start)) for name, pattern in splits]
    first, wanted = chosen[0] if chosen else ("", _Chosen(""))
    for (name, each), (_, pattern) in zip(chosen, splits, strict=True):
        for what in ("span", "version"):
            if has_spans(pattern) and getattr(each, what) != getattr(wanted, what):
                raise DataFileError(
                    f"the latest {what} of the split `{name}` in {folder} is {getattr(each, what)}, of "
                    f"`{first}` it is {getattr(wanted, what)}",
                    "TFX reads the same of each: add what is missing"
                    + (", or name a span in `range_config`" if what == "span" else ""),
                    code=CODE,
                )
    return [(name, each.pattern) for name, each in chosen]


@dataclass(frozen=True)
class SpanBefore:
    """The files of a span, and which one comes next, as people are told of them."""

    span: str
    later: str
    paths: tuple[Path, ...]


def span_before(folder: Path, pattern: str, read: Path) -> SpanBefore | None:
    """Returns the span before the one that a file is of, in its latest version; None if there is none.

    Raises what `tfxc.schemas.data_files.matches` does.
    """
    try:
        found = list(_matches(folder, pattern, is_strict=False))
    except DataFileError:
        return None
    span = next((each.span for each in found if each.path == read), None)
    earlier = [each for each in found if span is not None and each.span < span]
    if span is None or not earlier:
        return None
    last = max((each.span, each.version) for each in earlier)
    paths = tuple(sorted(each.path for each in earlier if (each.span, each.version) == last))
    return SpanBefore(_shown(last[0], pattern), _shown(span, pattern), paths)


def unfinished_span(folder: Path, pattern: str, start: int | None) -> str | None:
    """Returns a sentence if a later span than the one that is read is there without files that match."""
    parts = pattern.split("/")
    last = max((place for place, part in enumerate(parts) if _is_of_span(part)), default=None)
    if start is not None or last is None or last == len(parts) - 1:
        return None
    beginning = "/".join(parts[: last + 1])
    read = max((each.span for each in _matches(folder, pattern)), default=None)
    later = [
        (span, path)
        for path in sorted(folder.glob(without_spans(beginning)))
        if path.is_dir() and (span := _span_in(path, folder, beginning)) is not None
    ]
    span, path = max(later, default=(None, folder))
    if read is None or span is None or span <= read:
        return None
    rest = "/".join(parts[last + 1 :])
    return (
        f"{path} has no file that matches `{rest}`, so that span {_shown(read, pattern)} is read, not {span}"
    )


def _choose(folder: Path, name: str, pattern: str, start: int | None) -> _Chosen:
    """Returns what of a split is read. Raises DataFileError."""
    if not has_spans(pattern):
        return _Chosen(pattern)
    found = list(_matches(folder, pattern, is_strict=start is None))
    split = f" (split `{name}`)" if name else ""
    if not found:
        raise DataFileError(
            f"no file in {folder} matches `{pattern}`{split}",
            nearest(folder, without_spans(pattern)),
            code=CODE,
        )
    if start is not None:
        spans = sorted({each.span for each in found})
        found = [each for each in found if each.span == start]
        if not found:
            latest = [_shown(span, pattern) for span in spans[-_LATEST_SPANS:]]
            there = "there is span" if len(spans) == 1 else "the latest are the spans"
            raise DataFileError(
                f"no file in {folder} is of span {_shown(start, pattern)}{split}, which `range_config` names",
                f"{there} {enumeration(latest)}",
                code=CODE,
            )
    latest_match = max(found, key=lambda each: (each.span, each.version))
    _check_widths(latest_match, pattern)
    texts = dict(latest_match.texts)
    return _Chosen(
        _PLACEHOLDER.sub(lambda match: texts[match["name"]], pattern), latest_match.span, latest_match.version
    )


def _matches(folder: Path, pattern: str, is_strict: bool = True) -> Iterator[_Match]:
    """Yields the files that a pattern matches.

    Raises DataFileError for one without a number; if not ``is_strict``, as where a span is asked for, such
    files are left out.
    """
    expression = _expression(pattern)
    for path in matching_files(folder, without_spans(pattern)):
        found = expression.fullmatch(path.relative_to(folder).as_posix())
        if not is_strict and (found is None or not all(map(_is_number, found.groups()))):
            continue
        if found is None:
            raise DataFileError(
                f"{path} has no number of the width that `{pattern}` asks for",
                "TFX reads nothing then; move it away, or write the width that there is",
                code=CODE,
            )
        texts = found.groupdict()
        for name, text in texts.items():
            if not _is_number(text):
                raise DataFileError(
                    f"{path} matches `{pattern}`, but `{text}` is no number, as {{{name}}} must be",
                    "move it away, or make the pattern say more",
                    code=CODE,
                )
        yield _Match(path, _span(path, texts), int(texts.get("VERSION", 0)), tuple(texts.items()))


def _is_number(text: str) -> bool:
    return text.strip().lstrip("+-").isdigit()


def _span(path: Path, texts: dict[str, str]) -> int:
    """Returns the span of a file. Raises DataFileError if its date is none."""
    if "YYYY" not in texts:
        return int(texts["SPAN"])
    try:
        return (date(int(texts["YYYY"]), int(texts["MM"]), int(texts["DD"])) - _EPOCH).days
    except ValueError:
        shown = "-".join(texts[name] for name in _DATE_WIDTHS)
        raise DataFileError(f"{path}: {shown} is no date", "give it another name", code=CODE) from None


def _check_widths(match: _Match, pattern: str) -> None:
    """Raises DataFileError if TFX would not find a file again, since its number has zeros before it."""
    widths = {found["name"]: found["width"] for found in _PLACEHOLDER.finditer(pattern)}
    for name, text in match.texts:
        if name not in _DATE_WIDTHS and widths[name] is None and text != str(int(text)):
            raise DataFileError(
                f"{match.path} matches `{pattern}`, but TFX then reads `{int(text)}`, not `{text}`",
                f"write {{{name}:{len(text)}}}",
                code=CODE,
            )


def _expression(pattern: str) -> re.Pattern[str]:
    """Returns a pattern as a regular expression with a group for each placeholder."""
    parts, place = [], 0
    for found in _PLACEHOLDER.finditer(pattern):
        width = _DATE_WIDTHS.get(found["name"]) or found["width"]
        parts += [
            _plain(pattern[place : found.start()]),
            f"(?P<{found['name']}>.{f'{{{width}}}' if width else '*'})",
        ]
        place = found.end()
    return re.compile("".join([*parts, _plain(pattern[place:])]))


def _plain(text: str) -> str:
    """Returns a part of a pattern without placeholders as a regular expression."""
    escaped = re.escape(text).replace(r"\[", "[").replace(r"\]", "]")
    return re.sub(r"(\\\*)+", "[^/]*", escaped).replace(r"\?", "[^/]")


def _is_of_span(part: str) -> bool:
    return any(found["name"] != "VERSION" for found in _PLACEHOLDER.finditer(part))


def _span_in(path: Path, folder: Path, pattern: str) -> int | None:
    """Returns the span in the name of a folder; None if it has none."""
    found = _expression(pattern).fullmatch(path.relative_to(folder).as_posix())
    try:
        return _span(path, found.groupdict()) if found is not None else None
    except (DataFileError, ValueError):
        return None


def _shown(span: int, pattern: str) -> str:
    return f"{span} ({_EPOCH + timedelta(span)})" if "{YYYY}" in pattern else str(span)
