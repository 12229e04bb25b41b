"""The files of a spec merged, with the environments of all of them and the chosen one applied."""

from __future__ import annotations

from tfxc.compiler.source.extends import EXTENDS, Chain
from tfxc.compiler.source.merge import compose_patches, merge_patch, with_entry
from tfxc.compiler.source.tree import Entry, SourceNode
from tfxc.schemas.words.suggest import did_you_mean, enumeration

ENVIRONMENTS = "environments"


def merged_files(chain: Chain, environment: str | None, is_included: bool) -> SourceNode:
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


def _check_environments(entry: Entry, chain: Chain) -> None:
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


def _with_environment(merged: SourceNode, name: str, environments: Entry | None, chain: Chain) -> SourceNode:
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
