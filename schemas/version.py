"""The version of tfxc."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def tfxc_version() -> str:
    """Returns the version of the installed tfxc, ``unknown`` for a source tree that is not installed."""
    try:
        return version("tfxc")
    except PackageNotFoundError:
        return "unknown"
