"""A spec's file and the files that it extends, one by one, and what is wrong on the way."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from tfxc.compiler.source.files import Files
from tfxc.compiler.source.outside import is_outside
from tfxc.compiler.source.parse import parse_yaml
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError, read_source
from tfxc.compiler.source.tree import Source, SourceNode
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Label, Span
from tfxc.schemas.words.suggest import did_you_mean

EXTENDS = "extends"


@dataclass
class Chain:
    """The files read so far, the spec first, and what is wrong with them."""

    trees: list[SourceNode] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    complete: bool = True
    outside: set[str] = field(default_factory=set)

    def report(
        self, code: str, message: str, span: Span, labels: tuple[Label, ...] = (), help: tuple[str, ...] = ()
    ) -> None:
        """Adds what is wrong at a place."""
        self.diagnostics.append(Diagnostic(code, severity_of(code), message, span, labels, help))


def read_chain(path: FilePath, root: FilePath, files: Files) -> Chain:
    """Returns a spec's file and all that it extends, as far as they could be read.

    Nothing is shown of files outside of ``root``. Raises UnreadableFileError if the spec itself cannot be
    opened.
    """
    chain = Chain()
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


def _read_file(path: FilePath, chain: Chain, root: FilePath, files: Files) -> SourceNode | None:
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


def _extended_path(tree: SourceNode, chain: Chain) -> tuple[FilePath, Span] | None:
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


def _report_circle(hops: list[tuple[str, Span]], chain: Chain) -> None:
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
