"""A spec as an editor has it: what it is right now, and what was last understood of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.lsp.names import Occurrence, occurrences
from tfxc.compiler.lsp.outline import Highlight, highlights
from tfxc.compiler.pipeline.model import Pipeline, pipeline_of
from tfxc.compiler.source.files import DISK, Files, Overlay
from tfxc.compiler.source.load import Loaded, load
from tfxc.compiler.source.read import UnreadableFileError
from tfxc.schemas.diagnostics import Diagnostic

_LIKE_A_SPEC = re.compile(r"^(components|extends|pipeline_root)\s*:", re.MULTILINE)
_OTHER_KINDS = re.compile(r"^(openapi|asyncapi|apiVersion)\s*:", re.MULTILINE)


def is_spec(path: Path, text: str) -> bool:
    """Whether a YAML file is a spec, as far as can be told of one that is being written."""
    if _OTHER_KINDS.search(text):
        return False
    return path.name in ("pipeline.yaml", "pipeline.yml") or _LIKE_A_SPEC.search(text) is not None


@dataclass(frozen=True)
class Analysis:
    """A spec that was checked, as its text was then."""

    path: Path
    text: str
    spec: CheckedSpec

    @property
    def loaded(self) -> Loaded:
        """The document with its positions."""
        return self.spec.loaded

    @cached_property
    def pipeline(self) -> Pipeline | None:
        """The document as a pipeline; None if it could not be read."""
        return pipeline_of(self.loaded) if self.loaded.tree is not None else None

    @cached_property
    def names(self) -> tuple[Occurrence, ...]:
        """The occurrences of names in the files of the spec."""
        return occurrences(self.loaded.trees, self.pipeline) if self.pipeline is not None else ()

    @cached_property
    def highlights(self) -> tuple[Highlight, ...]:
        """What is more than YAML in the spec's own file."""
        return highlights(self.loaded.trees[0]) if self.loaded.trees else ()

    def diagnostics_by_file(self) -> Mapping[Path, tuple[Diagnostic, ...]]:
        """Returns what is wrong, by the file that it is in; the spec itself and what it extends are always
        there, so that an editor forgets what is mended."""
        found: dict[Path, list[Diagnostic]] = {self.path: []}
        found.update({Path(tree.source.file): [] for tree in self.loaded.trees})
        for diagnostic in self.spec.diagnostics:
            place = Path(diagnostic.span.file) if diagnostic.span is not None else self.path
            found.setdefault(place, []).append(diagnostic)
        return {file: tuple(diagnostics) for file, diagnostics in found.items()}


def analyse(path: Path, text: str, files: Files) -> Analysis | None:
    """Checks a spec as ``files`` has it; None if it cannot be opened."""
    try:
        return Analysis(path, text, check(path, files=files))
    except UnreadableFileError:
        return None


class Workspace:
    """The files that an editor has open, and the last analyses of those that are specs.

    It keeps of each file its text, its last analysis and the last one that could be read as a pipeline:
    nothing grows with the number of edits.
    """

    def __init__(self) -> None:
        self.texts: dict[Path, str] = {}
        self.latest: dict[Path, Analysis] = {}
        self._understood: dict[Path, Analysis] = {}

    def files(self) -> Files:
        """Returns the disk with the open texts laid over it."""
        return Overlay(dict(self.texts), DISK)

    def keep(self, analysis: Analysis) -> None:
        """Makes an analysis the last one of its file."""
        self.latest[analysis.path] = analysis
        if analysis.pipeline is not None:
            self._understood[analysis.path] = analysis

    def forget(self, path: Path) -> None:
        """Closes a file."""
        for each in (self.texts, self.latest, self._understood):
            each.pop(path, None)

    def understood(self, path: Path) -> Analysis | None:
        """Returns the last analysis of a file that could be read as a pipeline."""
        return self._understood.get(path)

    def recent(self, path: Path) -> Analysis | None:
        """Returns the last analysis of a file that could be read as a pipeline, however it was edited since;
        the one of this moment where there is none. None if it is no spec."""
        text = self.texts.get(path)
        if text is None or not is_spec(path, text):
            return None
        return self._understood.get(path) or self.current(path)

    def current(self, path: Path) -> Analysis | None:
        """Returns the analysis of a file as it is now, making it if need be; None if it is no spec."""
        text = self.texts.get(path)
        if text is None or not is_spec(path, text):
            return None
        known = self.latest.get(path)
        if known is None or known.text != text:
            known = analyse(path, text, self.files())
            if known is not None:
                self.keep(known)
        return known

    def extending(self, path: Path) -> Iterable[Path]:
        """Yields the open specs that were understood to extend a file."""
        for each, analysis in list(self._understood.items()):
            if each != path and any(Path(tree.source.file) == path for tree in analysis.loaded.trees[1:]):
                yield each


def beside(path: Path, files: Files) -> Iterable[Loaded]:
    """Yields the specs in the folder of a file that extend it: names in it are names in them."""
    try:
        names = files.names(path.parent)
    except OSError:
        return
    for name in names:
        other = path.parent / name
        if other == path or not name.endswith((".yaml", ".yml")):
            continue
        try:
            head = files.read(other, 65536)
            if re.search(rb"^extends\s*:", head, re.MULTILINE) is None:
                continue
            loaded = load(other, files=files)
        except (OSError, UnreadableFileError):
            continue
        if any(Path(tree.source.file) == path for tree in loaded.trees[1:]):
            yield loaded
