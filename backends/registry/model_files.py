"""The files of a model: their checksum, by which what is downloaded is known to be what was registered."""

from __future__ import annotations

import hashlib
from pathlib import Path

IGNORED = frozenset({"registered_model_meta"})
"""What MLflow's own client adds to a folder that it downloads."""


def model_files(folder: Path) -> dict[str, Path]:
    """Returns the files of a model, name with forward slashes → path, in the order of their names."""
    found = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() not in IGNORED
    }
    return dict(sorted(found.items()))


def files_sha256(folder: Path) -> str:
    """Returns the checksum over the names and contents of a model's files."""
    digest = hashlib.sha256()
    for name, path in model_files(folder).items():
        digest.update(f"{name}\0{_file_sha256(path)}\n".encode())
    return digest.hexdigest()


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
