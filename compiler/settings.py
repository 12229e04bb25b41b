"""The settings of a project: ``tfxc.toml``, or ``[tool.tfxc]`` in ``pyproject.toml``.

Those count that are nearest above a spec's folder; in one folder ``tfxc.toml`` does. A pyproject.toml
without the table is passed over. Nothing is merged: one file has all the settings of a spec.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Union

from tfxc.compiler.ignores.codes import split_codes, why_not_ignored, why_not_selected
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic
from tfxc.schemas.failures import WrongUse, because
from tfxc.schemas.words.suggest import did_you_mean, enumeration

SETTINGS_FILE = "tfxc.toml"
PROJECT_FILE = "pyproject.toml"
WRONG_SETTINGS = "Y017"

Value = Union[bool, str, tuple[str, ...]]


@dataclass(frozen=True)
class ProjectSettings:
    """What a project says of all its specs. ``file`` is None where there are no settings.

    ``select`` is None where nothing is selected. ``specs`` and ``exclude`` are patterns of paths, relative to
    the folder of ``file``. ``documentation`` is the address that pages of codes lie below, or "".
    ``diagnostics`` is what is wrong with the file, ``sources`` its text by the name that they give it.
    """

    ignore: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    strict: bool = False
    all_envs: bool = False
    no_data: bool = False
    specs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    documentation: str = ""
    file: Path | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))

    def require_sound(self) -> ProjectSettings:
        """Returns the settings. Raises WrongUse if there is something wrong with them."""
        for diagnostic in self.diagnostics:
            span = diagnostic.span
            assert span is not None  # noqa: S101 - they point into the file
            sentence = "; ".join((diagnostic.message, *diagnostic.help))
            raise WrongUse(f"{span.file}:{span.line}:{span.column}: {sentence}")
        return self


class _WrongSetting(Exception):  # noqa: N818 - it becomes a diagnostic
    """A setting that cannot be used, the words that it is about if they are not the key, and the help."""

    def __init__(self, message: str, words: str = "", help: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.words = words
        self.help = help


def project_settings(folder: Path) -> ProjectSettings:
    """Returns the settings that are nearest above a folder, as far as they are right."""
    try:
        start = folder.resolve()
    except (OSError, RuntimeError):
        return ProjectSettings()
    for parent in (start, *start.parents):
        for name in (SETTINGS_FILE, PROJECT_FILE):
            found = _settings_of(parent / name)
            if found is not None:
                return found
    return ProjectSettings()


def _settings_of(file: Path) -> ProjectSettings | None:
    """Returns tfxc's settings in a file, or None if it is not there or has none."""
    try:
        if not file.is_file():
            return None
        content = file.read_bytes()
    except OSError as error:
        if file.name == PROJECT_FILE:
            return None  # it need not be ours
        return _unusable(Source(_shown(file), "", file.parent), file, because(error, file), 0)
    if file.name == PROJECT_FILE and b"tfxc" not in content:
        return None
    source = Source(_shown(file), content.decode("utf-8-sig", "replace"), file.parent)
    try:
        document = _toml(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        return _unusable(source, file, f"this is not TOML: {reason}", _place_of(reason, source))
    if file.name == SETTINGS_FILE:
        return _checked(document, source, file, 0)
    tools = document.get("tool")
    if not isinstance(tools, dict) or "tfxc" not in tools:
        return None
    header = re.search(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*tfxc\b", source.text, re.MULTILINE)
    if not isinstance(tools["tfxc"], dict):
        written = re.search(r"\btfxc[ \t]*=", source.text)
        message = "`tool.tfxc` is a table of settings; write `[tool.tfxc]`"
        return _unusable(source, file, message, written.start() if written else 0)
    return _checked(tools["tfxc"], source, file, header.end() if header else 0)


def _toml(text: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _shown(file: Path) -> str:
    """Returns a file as the user would name it: from the working directory, if it lies below that."""
    try:
        return str(file.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(file)


def _place_of(reason: str, source: Source) -> int:
    """Returns the offset that a parser's sentence names, or 0."""
    named = re.search(r"line (\d+), column (\d+)", reason)
    if named is None or not 1 <= int(named.group(1)) <= len(source.line_starts):
        return 0
    return min(source.line_starts[int(named.group(1)) - 1] + int(named.group(2)) - 1, len(source.text))


def _unusable(source: Source, file: Path, message: str, offset: int) -> ProjectSettings:
    return _with_problems(ProjectSettings(file=file), source, [_problem(source, message, offset, offset)])


def _with_problems(settings: ProjectSettings, source: Source, found: list[Diagnostic]) -> ProjectSettings:
    return replace(settings, diagnostics=tuple(found), sources=MappingProxyType({source.file: source}))


def _problem(source: Source, message: str, start: int, end: int, help: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic(WRONG_SETTINGS, severity_of(WRONG_SETTINGS), message, source.span(start, end), (), help)


def _checked(table: Mapping[str, Any], source: Source, file: Path, start: int) -> ProjectSettings:
    """Returns the settings of a table that begins at an offset, and what is wrong with the others."""
    values: dict[str, Any] = {}
    problems: list[Diagnostic] = []
    for key, value in table.items():
        try:
            if key not in SETTINGS:
                help = did_you_mean(key, SETTINGS) or (f"there are {enumeration(tuple(SETTINGS))}",)
                raise _WrongSetting(f"tfxc has no setting `{key}`", help=help)
            values[key.replace("-", "_")] = SETTINGS[key].read(key, value)
        except _WrongSetting as wrong:
            place = _written(source.text, key, wrong.words, start)
            problems.append(_problem(source, str(wrong), *place, wrong.help))
    return _with_problems(ProjectSettings(**values, file=file), source, problems)


def _written(text: str, key: str, words: str, start: int) -> tuple[int, int]:
    """Returns the characters of a key, or of words in its value, as far as they can be found."""
    found = re.compile(rf"^[ \t]*([\"']?{re.escape(key)}[\"']?)[ \t]*[=.]", re.MULTILINE).search(text, start)
    if found is None:
        return start, start
    within = re.compile(re.escape(words), re.IGNORECASE).search(text, found.end()) if words else None
    return within.span() if within is not None else found.span(1)


def _codes(why_not: Callable[[str], str | None]) -> Callable[[str, Any], tuple[str, ...]]:
    def read(key: str, value: Any) -> tuple[str, ...]:
        codes = split_codes(_texts(key, value))
        for code in codes:
            reason = why_not(code)
            if reason is not None:
                raise _WrongSetting(f"`{key}`: {reason}", code)
        return codes

    return read


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        example = '["W705"]' if key in ("ignore", "select") else '["specs/**/pipeline.yaml"]'
        raise _WrongSetting(f"`{key}` is a list of texts", help=(f"write `{key} = {example}`",))
    return tuple(value)


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongSetting(f"`{key}` is true or false", help=(f"write `{key} = true`",))
    return value


def _address(key: str, value: Any) -> str:
    if not isinstance(value, str) or not re.match(r"https?://[^\s/]+", value):
        raise _WrongSetting(f"`{key}` is the address of a site", help=(f'write `{key} = "https://…"`',))
    return value.rstrip("/")


@dataclass(frozen=True)
class Setting:
    """A key of the settings: how its value is read, and what it does, for people."""

    read: Callable[[str, Any], Value]
    description: str


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "ignore": Setting(
            _codes(why_not_ignored),
            "Warnings that are not told, by their codes or the beginnings of codes; `--ignore` adds to them.",
        ),
        "select": Setting(
            _codes(why_not_selected),
            "The only warnings that are told, likewise; `--select` takes their place.",
        ),
        "strict": Setting(_flag, "Whether `tfxc validate` fails on warnings, as with `--strict`."),
        "all-envs": Setting(_flag, "Whether `tfxc validate` checks every environment, as with `--all-envs`."),
        "no-data": Setting(_flag, "Whether `tfxc validate` looks at no data files, as with `--no-data`."),
        "specs": Setting(
            _texts,
            "What `tfxc validate` checks when it is given nothing: files, folders and patterns, from the"
            " settings' folder.",
        ),
        "exclude": Setting(
            _texts,
            "What folders and patterns do not stand for: names, or paths with a slash, from the"
            " settings' folder.",
        ),
        "documentation": Setting(
            _address,
            "The address of these pages, which SARIF's help links begin with; `diagnostics/CODE/` follows.",
        ),
    }
)
"""key → what it is"""
