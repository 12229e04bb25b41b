"""The specs that a spec includes with components of the type ``Pipeline``: each is a document of its own.

Their diagnostics are at places in their own files. A spec that is included twice is read once. An environment
is applied to an included spec that has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path as FilePath
from types import MappingProxyType

from tfxc.compiler.source.extends import named_file, nearby_files
from tfxc.compiler.source.load import INCLUDED, Loaded, load
from tfxc.compiler.source.read import SPEC_FILE, STANDARD_INPUT, UnreadableFileError
from tfxc.compiler.source.tree import SourceNode
from tfxc.schemas.components.pipeline import Pipeline
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Label, Span

MOST_SPECS = 200
"""Specs that one may include, at any depth."""

Hop = tuple[FilePath, Span]
"""A spec, and the place in it that includes the next one."""
Known = dict[str, Loaded]
"""The specs that were read so far, by where their files really are."""


def with_included(loaded: Loaded) -> Loaded:
    """Returns a spec with the specs that it includes, at any depth, their sources beside its own.

    What cannot be included is a diagnostic of the spec that includes it: P357 and P358.
    """
    return _with_included(loaded, loaded, (), {})


def included_specs(loaded: Loaded) -> tuple[Loaded, ...]:
    """Returns all specs that a spec includes, at any depth, each once."""
    found: dict[str, Loaded] = {}
    for inner in loaded.included.values():
        for each in (inner, *included_specs(inner)):
            found.setdefault(os.path.realpath(each.path), each)
    return tuple(found.values())


def _with_included(loaded: Loaded, outermost: Loaded, hops: tuple[Hop, ...], known: Known) -> Loaded:
    included: dict[str, Loaded] = {}
    found: list[Diagnostic] = []
    for component, node in _named_specs(loaded.tree):
        inner = _include(node, loaded, outermost, hops, known)
        if isinstance(inner, Loaded):
            included[component] = inner
        elif inner is not None:
            found.append(loaded.presentable(inner))
    if not (included or found):
        return loaded
    sources = {name: source for inner in included.values() for name, source in inner.sources.items()}
    return replace(
        loaded,
        included=MappingProxyType(included),
        sources=MappingProxyType({**sources, **loaded.sources}),
        outside=loaded.outside.union(*(inner.outside for inner in included.values())),
        diagnostics=(*loaded.diagnostics, *found),
    )


def _named_specs(tree: SourceNode | None) -> Iterator[tuple[str, SourceNode]]:
    """Yields the components that include a spec, and the texts that name it."""
    components = tree.value.get(INCLUDED[0]) if tree is not None else None
    if components is None or components.node.kind != "mapping":
        return
    for name, entry in components.node.value.items():
        keys = entry.node.value if entry.node.kind == "mapping" else {}
        if "type" not in keys or keys["type"].node.value != Pipeline.__name__ or INCLUDED[2] not in keys:
            continue
        spec = keys[INCLUDED[2]].node
        if isinstance(spec.value, str) and spec.value.strip():
            yield name, spec


def _include(
    node: SourceNode, loaded: Loaded, outermost: Loaded, hops: tuple[Hop, ...], known: Known
) -> Loaded | Diagnostic | None:
    """Returns the spec that a text names, or why it cannot be included."""
    path = named_file(node) if "\0" not in str(node.value) else FilePath(str(node.value).replace("\0", "?"))
    if loaded.files.is_dir(path) and loaded.files.is_file(path / SPEC_FILE):
        path = path / SPEC_FILE
    if "{{" in str(node.value):
        message = "which spec is included is known before a run, and the same for all nodes of a component"
        return _unreadable(message, node.span)
    if path == STANDARD_INPUT:
        return _unreadable("a spec in standard input cannot be included", node.span)
    hops = (*hops, (loaded.path, node.span))
    real = os.path.realpath(path)
    first = next((at for at, (each, _) in enumerate(hops) if os.path.realpath(each) == real), None)
    if first is not None:
        return _circle(hops[first:])
    if real in known:
        return known[real]
    root = outermost.shown_root
    if len(known) >= MOST_SPECS:
        return _unreadable(f"a pipeline includes at most {MOST_SPECS} specs", node.span)
    try:
        inner = load(path, outermost.environment, loaded.files, root)
    except UnreadableFileError as error:
        help = nearby_files(path, root, loaded.files)
        return _unreadable(f"`{path}` cannot be included: {error}", node.span, help)
    known[real] = _with_included(inner, outermost, hops, known)
    return known[real]


def _unreadable(message: str, span: Span, help: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic("P357", severity_of("P357"), message, span, (), help)


def _circle(hops: tuple[Hop, ...]) -> Diagnostic:
    files = [path.name for path, _ in hops]
    chain = [*files, files[0]]
    labels = tuple(
        Label(span, f"`{name}` includes `{following}` here")
        for (_, span), name, following in zip(hops, files, chain[1:], strict=True)
    )
    message = (
        f"`{files[0]}` includes itself"
        if len(files) == 1
        else f"specs include each other in a circle: {' → '.join(chain)}"
    )
    help = ("take one of them out; what both need goes into a third spec",)
    return Diagnostic("P358", severity_of("P358"), message, hops[-1][1], labels[:-1], help)
