"""A spec that imports a schema file in place of inferring the schema: the edit, and whether it is sound."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tfxc.compiler.checks.roles import gives
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.source.edits import (
    Edit,
    edited,
    is_written_here,
    remove_entries,
    replace_entry,
    replace_value,
)
from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.compiler.source.files import Overlay
from tfxc.compiler.source.tree import SourceNode, find
from tfxc.schemas.components import carried_arguments, component_model, component_types
from tfxc.schemas.failures import Failure, WrongUse

_FROM = "statistics"
"""The argument of a SchemaGen in whose place the file is named."""
_OTHERS = ("infer_feature_shape", "exclude_splits")
"""Arguments that say how to infer a schema."""
_PLAIN = re.compile(r"[A-Za-z_.][\w./-]*", re.ASCII)


def _importer() -> tuple[str, str]:
    """Returns the component type that gives a schema from a file, and its argument for that file."""
    for name in component_types():
        arguments = carried_arguments(name)
        outputs = component_model(name).outputs.values()
        if arguments and any(each.artifact_type == "Schema" for each in outputs):
            return name, min(arguments)
    raise AssertionError("no component imports a schema")


def inferring_node(spec: CheckedSpec, wanted: str | None) -> str:
    """Returns the node that infers the schema to freeze. Raises WrongUse if there is none, or several."""
    nodes = [
        node.id
        for node in pipeline_of(spec.loaded).nodes.values()
        if gives(node, "Schema") and isinstance(node.values.get(_FROM), str)
    ]
    several = [node for node in nodes if pipeline_of(spec.loaded).matrices.of(node) is not None]
    if several and wanted in (None, *several):
        raise WrongUse(f"each node of `{several[0]}` infers a schema of its own: write their files by hand")
    if wanted is not None and wanted not in nodes:
        raise WrongUse(f"`{wanted}` infers no schema; {', '.join(nodes) or 'nothing in the spec'} does")
    if not nodes:
        raise WrongUse("the spec infers no schema that could be frozen: it has no SchemaGen")
    if wanted is None and len(nodes) > 1:
        raise WrongUse(f"the spec infers several schemas: name one with --node ({', '.join(nodes)})")
    return wanted or nodes[0]


def importing(spec: CheckedSpec, node: str, schema_file: str) -> str:
    """Returns the text of a spec in which a node imports a file, with all else as it is written.

    Raises Failure where the node is not written in the spec's own file, plainly.
    """
    tree = spec.loaded.trees[0]
    entries, exists = find(tree, ("components", node))
    component = entries[-1].node if exists else None
    if component is None or component.kind != "mapping" or component.source is not tree.source:
        raise Failure(_by_hand(node, schema_file, f"it is not written in {spec.loaded.path}"))
    changed = [component.value[name] for name in ("type", _FROM, *_OTHERS) if name in component.value]
    if "type" not in component.value or _FROM not in component.value:
        raise Failure(_by_hand(node, schema_file, f"not all of it is written in {spec.loaded.path}"))
    if not all(is_written_here(component, entry) for entry in changed):
        raise Failure(_by_hand(node, schema_file, "aliases stand for a part of it"))
    return edited(tree.source.text, _edits(component, schema_file))


def _edits(component: SourceNode, schema_file: str) -> list[Edit]:
    written = schema_file if _PLAIN.fullmatch(schema_file) else json.dumps(schema_file, ensure_ascii=False)
    importer, argument = _importer()
    return [
        replace_value(component.value["type"], importer),
        replace_entry(component.value[_FROM], f"{argument}: {written}"),
        *remove_entries(component, _OTHERS),
    ]


def _by_hand(node: str, schema_file: str, reason: str) -> str:
    importer, argument = _importer()
    return (
        f"`{node}` cannot be edited, since {reason}: give it `type: {importer}` and"
        f" `{argument}: {schema_file}` by hand, and take its other arguments out."
    )


def left_to_do(spec: CheckedSpec, texts: Mapping[Path, str]) -> tuple[str, ...]:
    """Checks a spec, as it is and in each environment, as it will be once files have these texts.

    Returns what backends will then refuse and did not before, a sentence each: a container does not have a
    file beside the spec. Raises Failure if the spec would have other errors.
    """
    found = []
    environments = spec.loaded.document.get(ENVIRONMENTS)
    files = Overlay(texts)
    for environment in (None, *(environments if isinstance(environments, dict) else ())):
        before = check(spec.loaded.path, environment)
        after = check(spec.loaded.path, environment, files=files)
        known = {(each.code, each.message) for each in before.diagnostics}
        for each in after.diagnostics:
            if not each.is_error or (each.code, each.message) in known:
                continue
            where = f" in the environment `{environment}`" if environment is not None else ""
            if not each.code.startswith("B"):
                raise Failure(f"the spec would not be valid{where}: {each.message}; edit it by hand.")
            found.append("; ".join([f"left to do{where}: {each.message}", *each.help]))
    return tuple(found)
