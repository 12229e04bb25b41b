"""A spec's file, the files it extends and an environment → one document with exact positions.

The order, later ones winning: the file at the end of the ``extends`` chain, …, the spec itself, then
the chosen environment of each of them in the same order. Files and environments are JSON merge
patches (RFC 7396): mappings merge, null deletes, everything else replaces.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any

from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.merge import compose_patches, merge_patch, with_entry
from tfxc.compiler.source.outside import is_outside, shown_root, without_content
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError, read_source
from tfxc.compiler.source.tree import Entry, Source, SourceNode, find, to_plain
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Label, Path, Span
from tfxc.schemas.words.suggest import did_you_mean, enumeration

ENVIRONMENTS = "environments"
EXTENDS = "extends"
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


@dataclass
class _Chain:
    """The files read so far, the spec first, and what is wrong with them."""

    trees: list[SourceNode] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    complete: bool = True
    outside: set[str] = field(default_factory=set)

    def report(
        self, code: str, message: str, span: Span, labels: tuple[Label, ...] = (), help: tuple[str, ...] = ()
    ) -> None:
        self.diagnostics.append(Diagnostic(code, severity_of(code), message, span, labels, help))


def load(
    path: FilePath, environment: str | None = None, files: Files = DISK, root: FilePath | None = None
) -> Loaded:
    """Reads a spec with what it extends, and applies an environment.

    ``path`` ``-`` is standard input. With a ``root`` it is a spec that another one includes: nothing is shown
    of files outside of that folder, and it need not have the environment. Raises UnreadableFileError if the
    spec itself cannot be opened; everything else that is wrong is a diagnostic.
    """
    shown = root or shown_root(FilePath() if path == STANDARD_INPUT else path.parent)
    chain = _read_chain(path, shown, files)
    tree = (
        _merged(chain, environment, is_included=root is not None) if chain.complete and chain.trees else None
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


def _read_chain(path: FilePath, root: FilePath, files: Files) -> _Chain:
    chain = _Chain()
    hops: list[tuple[str, Span]] = []
    seen: dict[str, int] = {}
    tree = _read_file(path, chain, root, files)
    while True:
        seen[os.path.realpath(path)] = len(hops)
        if tree is None:
            chain.complete = False
            return chain
        chain.trees.append(tree)
        target = _extended_path(tree, chain)
        if target is None:
            return chain
        path, span = target
        hops.append((tree.source.file, span))
        if os.path.realpath(path) in seen:
            _report_circle(hops[seen[os.path.realpath(path)] :], chain)
            return chain
        try:
            tree = _read_file(path, chain, root, files)
        except UnreadableFileError as error:
            chain.complete = False
            chain.report(
                "P354", f"`{path}` cannot be read: {error}", span, help=nearby_files(path, root, files)
            )
            return chain


def _read_file(path: FilePath, chain: _Chain, root: FilePath, files: Files) -> SourceNode | None:
    source, diagnostics = read_source(path, files)
    if path != STANDARD_INPUT and is_outside(path, root):
        chain.outside.add(source.file)
    chain.sources[source.file] = source
    chain.diagnostics.extend(diagnostics)
    if diagnostics:
        return None
    tree, diagnostics = parse_yaml(source.text, source.file, source.folder)
    chain.diagnostics.extend(diagnostics)
    return tree


def _extended_path(tree: SourceNode, chain: _Chain) -> tuple[FilePath, Span] | None:
    """Returns the file that a tree extends and the place that says so, or None if it extends none."""
    entry = tree.value.get(EXTENDS)
    if entry is None or entry.node.value is None:
        return None
    node = entry.node
    if not isinstance(node.value, str) or not node.value.strip() or "\0" in node.value:
        span = node.span if node.kind == "scalar" and node.end > node.start else entry.key.span
        help = ("write `extends: base.yaml`; the path starts at this file's folder",)
        chain.report("P356", "`extends` is the path of one spec file", span, help=help)
        chain.complete = False
        return None
    return named_file(node), node.span


def named_file(node: SourceNode) -> FilePath:
    """Returns the file that a text names: a relative path starts at the folder of the file with the text."""
    joined = node.source.folder / str(node.value)
    normal = FilePath(os.path.normpath(joined))
    # behind a symbolic link `..` is another folder than the one that the name says
    return normal if os.path.realpath(normal) == os.path.realpath(joined) else joined


def _report_circle(hops: list[tuple[str, Span]], chain: _Chain) -> None:
    chain.complete = False
    files = [FilePath(file).name for file, _ in hops]
    labels = tuple(
        Label(span, f"`{name}` extends `{following}` here")
        for (_, span), name, following in zip(hops, files, [*files[1:], files[0]], strict=True)
    )
    message = (
        f"`{files[0]}` extends itself"
        if len(files) == 1
        else f"files extend each other in a circle: {' → '.join([*files, files[0]])}"
    )
    help = ("take one `extends` out; what both need goes into a third file",)
    chain.report("P355", message, hops[-1][1], labels[:-1], help)


def nearby_files(path: FilePath, root: FilePath, files: Files) -> tuple[str, ...]:
    """Returns what helps where there is no such spec: the nearest one beside it, if it may be shown."""
    if is_outside(path.parent, root):
        return ()
    try:
        names = [name for name in files.names(path.parent) if name.endswith((".yaml", ".yml"))]
    except OSError:
        return (f"there is no folder `{path.parent}`",) if not files.is_dir(path.parent) else ()
    return did_you_mean(path.name, names)


def _merged(chain: _Chain, environment: str | None, is_included: bool) -> SourceNode:
    """Returns the files merged, the environment applied, and the environments of all side by side."""
    merged: SourceNode | None = None
    environments: Entry | None = None
    for tree in reversed(chain.trees):
        entry = tree.value.get(ENVIRONMENTS)
        plain = with_entry(tree, ENVIRONMENTS, None)
        merged = plain if merged is None else _over(merged, plain)
        if entry is not None:
            _check_environments(entry, chain)
            both = compose_patches(environments.node if environments else None, entry.node)
            environments = Entry(environments.key if environments else entry.key, both)
    assert merged is not None  # noqa: S101 - there is at least the spec itself
    if environment is not None and not (is_included and not _has_environment(environments, environment)):
        merged = _with_environment(merged, environment, environments, chain)
    return with_entry(merged, ENVIRONMENTS, environments) if environments is not None else merged


def _has_environment(environments: Entry | None, name: str) -> bool:
    return (
        environments is not None and environments.node.kind == "mapping" and name in environments.node.value
    )


def _over(base: SourceNode, derived: SourceNode) -> SourceNode:
    merged = merge_patch(with_entry(base, EXTENDS, None), derived)
    return merged._replace(source=derived.source, start=derived.start, end=derived.end)


def _check_environments(entry: Entry, chain: _Chain) -> None:
    if entry.node.kind != "mapping":
        if entry.node.value is not None:
            help = ("write `environments:` and, indented under it, one key for each environment",)
            chain.report("P352", "`environments` is a mapping of names", entry.key.span, help=help)
        return
    for name, (key, patch) in entry.node.value.items():
        if patch.kind != "mapping":
            if patch.value is not None:
                message = f"the environment `{name}` is a mapping of what it changes"
                chain.report("P352", message, key.span, help=("write the keys that it changes under it",))
            continue
        for reserved in (ENVIRONMENTS, EXTENDS):
            if reserved in patch.value:
                message = f"an environment cannot change `{reserved}`"
                help = (f"`{reserved}` stands at the top of the file",)
                chain.report("P353", message, patch.value[reserved].key.span, help=help)


def _with_environment(merged: SourceNode, name: str, environments: Entry | None, chain: _Chain) -> SourceNode:
    names = list(environments.node.value) if environments and environments.node.kind == "mapping" else []
    if name not in names:
        help = (
            *did_you_mean(name, names),
            f"the environments are {enumeration(names)}" if names else "the spec has no environments",
        )
        first: SourceNode = next(iter(merged.value.values())).key if merged.value else merged
        span = environments.key.span if environments else first.span
        chain.report("P351", f"there is no environment `{name}`", span, help=help)
        return merged
    for tree in reversed(chain.trees):
        entry = tree.value.get(ENVIRONMENTS)
        if entry is not None and entry.node.kind == "mapping" and name in entry.node.value:
            patch = entry.node.value[name].node
            if patch.kind == "mapping":
                for reserved in (ENVIRONMENTS, EXTENDS):
                    patch = with_entry(patch, reserved, None)
                merged = merge_patch(merged, patch)
    return merged
