"""Which specs are meant: files, folders, patterns."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tfxc.compiler.settings import ProjectSettings, project_settings
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.schemas.failures import WrongUse

SPEC_NAMES = ("pipeline.yaml", "pipeline.yml", "*.pipeline.yaml", "*.pipeline.yml")
"""What a spec in a folder is called."""
_NOT_LOOKED_INTO = ("__pycache__", "node_modules")


def find_specs(given: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Returns the specs that are meant, each once, and what stands for none.

    A folder stands for the specs in it and below it, in the order of their paths, and a pattern for the files
    that it matches; without anything given the project's settings say what is meant. What these exclude is
    left out of folders and patterns, and never of files. Raises WrongUse if nothing is named.
    """
    if given and all(path == STANDARD_INPUT or path.is_file() for path in given):
        return list(dict.fromkeys(given)), []
    settings = project_settings(Path())
    if not given:
        given = _specs_of_project(settings)
    specs: list[Path] = []
    nothing: list[Path] = []
    for path in given:
        found = list(_meant(path, settings))
        specs += found
        if not found:
            nothing.append(path)
    return list(dict.fromkeys(specs)), list(dict.fromkeys(nothing))


def specs_in_and_below(folder: Path) -> list[Path]:
    """Returns the specs that a folder stands for, in the order of their paths."""
    return list(_specs_below(folder, project_settings(Path())))


def _specs_of_project(settings: ProjectSettings) -> list[Path]:
    if not settings.specs or settings.file is None:
        settings.require_sound()
        raise WrongUse(
            "name a spec, a folder or a pattern, or list what is meant as `specs` in tfxc.toml"
            " or in [tool.tfxc] of pyproject.toml"
        )
    return [Path(os.path.relpath(settings.file.parent / pattern)) for pattern in settings.specs]


def _meant(path: Path, settings: ProjectSettings) -> Iterator[Path]:
    if path == STANDARD_INPUT or path.is_file():
        yield path
    elif path.is_dir():
        yield from _specs_below(path, settings)
    elif glob.has_magic(str(path)):
        # Path.glob takes no absolute pattern
        for found in map(Path, sorted(glob.glob(str(path), recursive=True))):  # noqa: PTH207
            if not any(_is_excluded(each, settings) for each in (found, *found.parents)):
                yield from _specs_below(found, settings) if found.is_dir() else (found,)
    else:
        yield path


def _specs_below(folder: Path, settings: ProjectSettings) -> Iterator[Path]:
    """Yields the specs in a folder and below it, but for those that tfxc has written."""
    from tfxc.compiler.bundle import files_written_to

    written: set[Path] = set()
    for name, folders, files in os.walk(folder):
        here = Path(name)
        written.update(here / path for path in files_written_to(here))
        folders[:] = sorted(inner for inner in folders if _is_looked_into(here / inner, settings))
        for file in sorted(files):
            path = here / file
            is_spec = any(fnmatchcase(file, pattern) for pattern in SPEC_NAMES)
            if is_spec and path not in written and not _is_excluded(path, settings):
                yield path


def _is_looked_into(folder: Path, settings: ProjectSettings) -> bool:
    if folder.name.startswith(".") or folder.name in _NOT_LOOKED_INTO or _is_excluded(folder, settings):
        return False
    return not (folder / "pyvenv.cfg").exists()


def _is_excluded(path: Path, settings: ProjectSettings) -> bool:
    """Whether the settings exclude a path: a pattern is about names, or, with a slash, about whole paths."""
    if not settings.exclude or settings.file is None:
        return False
    inside = os.path.relpath(path, settings.file.parent).replace(os.sep, "/")
    return any(
        fnmatchcase(inside if "/" in pattern.rstrip("/") else path.name, pattern.rstrip("/"))
        for pattern in settings.exclude
    )
