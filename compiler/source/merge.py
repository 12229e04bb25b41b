"""JSON merge patches (RFC 7396) over position trees.

A merged tree's scalars and lists keep the place where the winning file writes them; a mapping that
both have keeps the place of the one below, where the thing is declared.
"""

from __future__ import annotations

from tfxc.compiler.source.tree import Entry, SourceNode


def merge_patch(target: SourceNode | None, patch: SourceNode) -> SourceNode:
    """Returns the target with the patch applied: mappings merge, null deletes, all else replaces."""
    return _merge(target, patch, keep_nulls=False)


def compose_patches(first: SourceNode | None, second: SourceNode) -> SourceNode:
    """Returns one patch that says what both say, the second having the last word; nulls stay."""
    return _merge(first, second, keep_nulls=True)


def _merge(target: SourceNode | None, patch: SourceNode, keep_nulls: bool) -> SourceNode:
    if patch.kind != "mapping":
        return patch
    base = target if target is not None and target.kind == "mapping" else None
    entries: dict[str, Entry] = dict(base.value) if base is not None else {}
    for name, (key, value) in patch.value.items():
        if value.kind == "scalar" and value.value is None and not keep_nulls:
            entries.pop(name, None)
            continue
        below = entries.get(name)
        merged = _merge(below.node if below is not None else None, value, keep_nulls)
        both = below is not None and below.node.kind == "mapping" and value.kind == "mapping"
        entries[name] = Entry(below.key if both and below is not None else key, merged)
    return (base or patch)._replace(value=entries)


def with_entry(mapping: SourceNode, name: str, entry: Entry | None) -> SourceNode:
    """Returns the mapping with one entry replaced, added at its end, or (None) left out."""
    entries = dict(mapping.value)
    if entry is None:
        entries.pop(name, None)
    else:
        entries[name] = entry
    return mapping._replace(value=entries)
