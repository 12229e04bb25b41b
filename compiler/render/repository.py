"""Where findings are for those who read them in a repository: paths, and what stays when lines move."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Span


def repository_path(file: str, root: Path | None) -> str:
    """Returns a file's path with slashes, relative to ``root``; one that lies elsewhere as it is.

    The file's own name may be a link: what counts is where the repository has it.
    """
    path = Path(file)
    if root is not None and not file.startswith("<"):
        place = Path(os.path.realpath(path.parent)) / path.name
        if place.is_relative_to(root):
            path = place.relative_to(root)
    return path.as_posix()


def fingerprints(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], root: Path | None
) -> list[str]:
    """Returns for each diagnostic what tells it from all others, and is the same when lines move.

    It comes of the code, the file, the text of the line and of what is marked in it, and, where all that is
    the same, of how many there are before it.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found: list[str] = []
    for diagnostic in diagnostics:
        span = diagnostic.span
        about = (diagnostic.code, *(_words(span, sources, root) if span is not None else ("", "", "")))
        text = "\0".join((*about, str(seen[about])))
        seen[about] += 1
        found.append(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return found


def _words(span: Span, sources: Mapping[str, Source], root: Path | None) -> tuple[str, str, str]:
    source = sources.get(span.file)
    line = source.line(span.line) if source is not None else ""
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    return repository_path(span.file, root), line.strip(), line[span.column - 1 : end]
