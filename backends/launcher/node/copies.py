"""Copies of artifacts' files on this machine, for who cannot read where they lie."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from tfx.dsl.io import fileio

MOST_BYTES = 64 * 1024 * 1024
"""A file that is longer is left where it is."""


def copy_all(folders: Mapping[str, str]) -> dict[str, str]:
    """Copies the files below URIs to folders, and returns why for each URI that could not be copied."""
    problems = {}
    for uri, folder in folders.items():
        try:
            if not _copy(uri, Path(folder)):
                problems[uri] = "no file is there"
        except Exception as error:  # noqa: BLE001 - a file system of TFX's may raise anything
            problems[uri] = " ".join(str(error).split()) or type(error).__name__
    return problems


def _copy(uri: str, folder: Path) -> bool:
    """Copies what is small enough, and returns whether there was any file."""
    found = False
    for source, inside in _files(uri.rstrip("/")):
        found = True
        with fileio.open(source, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) <= MOST_BYTES:
            target = folder / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return found


def _files(uri: str) -> Iterator[tuple[str, PurePosixPath]]:
    """Yields each file below a URI and its path in the copy, which lies nowhere else."""
    for parent, _, names in fileio.walk(uri):
        for name in names:
            source = posixpath.join(parent.rstrip("/"), name)
            inside = PurePosixPath(source.removeprefix(uri).lstrip("/"))
            if source.startswith(f"{uri}/") and ".." not in inside.parts:
                yield source, inside
