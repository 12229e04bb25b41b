"""The settings of a project: ``tfxc.toml``, or ``[tool.tfxc]`` in ``pyproject.toml``.

Those count that are nearest above a spec's folder; in one folder ``tfxc.toml`` does. A pyproject.toml
without the table is passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfxc.compiler.ignores.codes import split_codes, why_not_ignored
from tfxc.schemas.failures import WrongUse, because
from tfxc.schemas.words.suggest import closest

SETTINGS_FILE = "tfxc.toml"
PROJECT_FILE = "pyproject.toml"
KEYS = ("ignore",)


@dataclass(frozen=True)
class ProjectSettings:
    """What a project says of all its specs. ``file`` is None where there are no settings."""

    ignore: tuple[str, ...] = ()
    file: Path | None = None


def project_settings(folder: Path) -> ProjectSettings:
    """Returns the settings that are nearest above a folder. Raises WrongUse for settings that are wrong."""
    try:
        start = folder.resolve()
    except (OSError, RuntimeError):
        return ProjectSettings()
    for parent in (start, *start.parents):
        for name in (SETTINGS_FILE, PROJECT_FILE):
            table = _table(parent / name)
            if table is not None:
                return _settings(table, parent / name)
    return ProjectSettings()


def _table(file: Path) -> Mapping[str, Any] | None:
    """Returns tfxc's settings in a file, or None if it is not there or has none."""
    try:
        if not file.is_file():
            return None
        content = file.read_bytes()
    except OSError as error:
        if file.name == PROJECT_FILE:
            return None  # it need not be ours
        raise WrongUse(f"the settings cannot be read: {because(error, file)}") from None
    if file.name == PROJECT_FILE and b"tfxc" not in content:
        return None
    document = _parsed(content, file)
    if file.name == SETTINGS_FILE:
        return document
    tools = document.get("tool")
    if not isinstance(tools, dict) or "tfxc" not in tools:
        return None
    if not isinstance(tools["tfxc"], dict):
        raise WrongUse(f"{file}: `tool.tfxc` is a table of settings; write `[tool.tfxc]`")
    return tools["tfxc"]


def _parsed(content: bytes, file: Path) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{file} is not TOML: {' '.join(str(error).split())[:200]}") from None


def _settings(table: Mapping[str, Any], file: Path) -> ProjectSettings:
    for key in table:
        if key not in KEYS:
            near = closest(key, KEYS)
            hint = f"did you mean `{near}`?" if near is not None else f"there is `{', '.join(KEYS)}`"
            raise WrongUse(f"{file}: tfxc has no setting `{key}`; {hint}")
    listed = table.get("ignore", [])
    if not isinstance(listed, list) or not all(isinstance(code, str) for code in listed):
        raise WrongUse(f'{file}: `ignore` is a list of codes, such as `ignore = ["W705"]`')
    codes = split_codes(listed)
    for code in codes:
        reason = why_not_ignored(code)
        if reason is not None:
            raise WrongUse(f"{file}: `ignore`: {reason}")
    return ProjectSettings(codes, file)
