"""The versions of a model on disk.

Mirrors ``file_system_storage_path_source.cc``: versions are folders that are named by integers.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Optional

from tfxc.backends.serving.server.models.config import ModelConfig

Fingerprint = tuple[tuple[str, int, int], ...]
"""name, size and time of change of each file of a version"""
SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")


def versions_on_disk(config: ModelConfig) -> Optional[dict[int, Path]]:
    """Returns the folders of a model's versions; None if the base folder cannot be listed."""
    if config.single_version is not None:
        return {config.single_version: config.base_path} if config.base_path.is_dir() else None
    try:
        names = sorted(entry.name for entry in os.scandir(config.base_path) if entry.is_dir())
    except OSError:
        return None
    # 7 and 007 are one version: the first in the order of names.
    found: dict[int, Path] = {}
    for name in names:
        if name.isascii() and name.isdigit() and int(name) < 2**63:
            found.setdefault(int(name), config.base_path / name)
    return found


def fingerprint(folder: Path) -> Fingerprint:
    """Returns what tells whether a folder was changed."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.stat(os.path.join(parent, name))  # noqa: PTH116, PTH118 - of many files
            except OSError:
                continue
            found.append((os.path.join(parent, name), status.st_size, status.st_mtime_ns))  # noqa: PTH118
    return tuple(sorted(found))
