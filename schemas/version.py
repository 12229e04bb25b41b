"""The version of tfxc."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata, version


@cache
def tfxc_version() -> str:
    """Returns the version of the installed tfxc, ``unknown`` for a source tree that is not installed."""
    try:
        return version("tfxc")
    except PackageNotFoundError:
        return "unknown"


def documentation_address() -> str:
    """Returns the address of the documentation, as the installed tfxc names it; "" if it names none."""
    try:
        urls = metadata("tfxc").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    named = (str(url).partition(",") for url in urls)
    return next((url.strip().rstrip("/") for label, _, url in named if label == "Documentation"), "")
