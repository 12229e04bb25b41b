"""A page of the site before it is HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Page:
    """Markdown at a path below the site's root.

    ``origin`` is the file of the repository that it is made from, relative to its root; links in the text are
    relative to that. None for a page that is made from the code, whose links are those of the site.
    """

    path: PurePosixPath
    text: str
    origin: PurePosixPath | None = None


@dataclass(frozen=True)
class Section:
    """A part of the navigation: pages, by their titles, and further sections."""

    title: str
    entries: tuple[tuple[str, PurePosixPath] | Section, ...]
