"""What a path that is no readable file may have meant."""

from __future__ import annotations

from pathlib import Path

from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.schemas.words.suggest import closest

_ENDINGS = (".yaml", ".yml")


def meant(path: Path) -> str:
    """Returns the end of a sentence about a path that is no readable file: what it may have meant."""
    near = near_file(path)
    return f"; did you mean {near}?" if near is not None else ""


def near_file(path: Path) -> Path | None:
    """Returns a YAML file in a folder, or one beside a file that is not there whose name is near."""
    try:
        if path.is_dir():
            return next((file for file in sorted(path.iterdir()) if file.suffix in _ENDINGS), None)
        if path == STANDARD_INPUT or path.exists():
            return None
        names = sorted(file.name for file in path.parent.iterdir() if file.suffix in _ENDINGS)
    except OSError:
        return None
    near = closest(path.name, names)
    return path.with_name(near) if near else None
