"""A spec's file, the files it extends and an environment → one document with exact positions.

The order, later ones winning: the file at the end of the ``extends`` chain, …, the spec itself, then
the chosen environment of each of them in the same order. Files and environments are JSON merge
patches (RFC 7396): mappings merge, null deletes, everything else replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from tfxc.compiler.source.environments import merged_files
from tfxc.compiler.source.extends import read_chain
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.outside import is_outside, shown_root, without_content
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.compiler.source.tree import Source, SourceNode, find, to_plain
from tfxc.schemas.diagnostics import Diagnostic, Path

INCLUDED = ("components", "*", "spec")
"""Where a document has the path of a spec that it includes."""


@dataclass(frozen=True)
class Loaded:
    """A spec as one document.

    ``document`` is the merged plain value; its ``environments`` are those of all files, and its
    ``extends`` is the spec's own. ``tree`` is the same with positions, or None where there is
    nothing to check (then ``diagnostics`` has an error that says why, and ``document`` is empty).
    ``sources`` are the texts by file name, for rendering, without those of the files ``outside`` of the
    spec's repository, by name: see `tfxc.compiler.source.outside`. ``trees`` are the files as they are
    written, the spec first; those that could not be parsed are not among them. ``files`` is what they were
    read from, and all else that the spec names is read from. ``included`` are the specs that components of
    the type ``Pipeline`` include, by the ids of these; ``root`` is the folder below which files are shown of
    a spec that is included, None for that of the spec itself. ``derived`` is for what phases work out of the
    document once.
    """

    path: FilePath
    environment: str | None
    tree: SourceNode | None
    document: Mapping[str, Any]
    sources: Mapping[str, Source]
    diagnostics: tuple[Diagnostic, ...]
    trees: tuple[SourceNode, ...] = ()
    outside: frozenset[str] = frozenset()
    files: Files = DISK
    included: Mapping[str, Loaded] = field(default_factory=dict)
    root: FilePath | None = None
    derived: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def folder(self) -> FilePath:
        """The folder of the spec itself; the working directory for standard input."""
        return FilePath() if self.path == STANDARD_INPUT else self.path.parent

    def presentable(self, diagnostic: Diagnostic) -> Diagnostic:
        """Returns a diagnostic as it may be shown: nothing of a file outside, but for what is wrong with
        a spec that the user named."""
        span = diagnostic.span
        if span is None or span.file not in self.outside:
            return diagnostic
        is_named = self.root is None and span.file == str(self.path) and not diagnostic.code.startswith("Y")
        return diagnostic if is_named else without_content(diagnostic)

    def hides(self, file: FilePath) -> bool:
        """Whether nothing may be shown of a file that the spec names: it lies outside of its repository."""
        return is_outside(file, self.shown_root)

    @property
    def shown_root(self) -> FilePath:
        """The folder below which files are shown."""
        return self.root if self.root is not None else shown_root(self.folder)

    def placed(self, path: Path) -> tuple[SourceNode | None, Path]:
        """Returns the tree in which the value at a path is written, and its path there.

        Below the key ``spec`` of a component that includes a spec lies the document of that spec.
        """
        loaded = self
        while len(path) > len(INCLUDED) and path[0] == INCLUDED[0] and path[2] == INCLUDED[2]:
            inner = loaded.included.get(str(path[1]))
            if inner is None or inner.tree is None:
                break
            loaded, path = inner, path[len(INCLUDED) :]
        return loaded.tree, path

    def origin_of(self, path: Path) -> FilePath:
        """Returns the folder of the file in which the value at a path is written: where a relative
        file path in it starts. A path that does not exist counts as its nearest ancestor."""
        if self.tree is None:
            return self.folder
        entries, _ = find(self.tree, path)
        return (entries[-1].node if entries else self.tree).source.folder


def load(
    path: FilePath, environment: str | None = None, files: Files = DISK, root: FilePath | None = None
) -> Loaded:
    """Reads a spec with what it extends, and applies an environment.

    ``path`` ``-`` is standard input. With a ``root`` it is a spec that another one includes: nothing is shown
    of files outside of that folder, and it need not have the environment. Raises UnreadableFileError if the
    spec itself cannot be opened; everything else that is wrong is a diagnostic.
    """
    shown = root or shown_root(FilePath() if path == STANDARD_INPUT else path.parent)
    chain = read_chain(path, shown, files)
    tree = (
        merged_files(chain, environment, is_included=root is not None)
        if chain.complete and chain.trees
        else None
    )
    loaded = Loaded(
        path=path,
        environment=environment,
        tree=tree,
        document=MappingProxyType(to_plain(tree) if tree is not None else {}),
        sources=MappingProxyType(
            {name: source for name, source in chain.sources.items() if name not in chain.outside}
        ),
        diagnostics=(),
        trees=tuple(chain.trees),
        outside=frozenset(chain.outside),
        files=files,
        root=root,
    )
    return replace(loaded, diagnostics=tuple(map(loaded.presentable, chain.diagnostics)))
