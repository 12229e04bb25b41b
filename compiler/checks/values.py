"""The values of artifacts as arguments: T202, T203, T208, T220 and P305; W732 for texts like them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.channels import output_findings
from tfxc.compiler.checks.places import why_no_reference
from tfxc.compiler.language.reference_terms import RUN_FIELDS, Reference
from tfxc.compiler.language.references import has_braces
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.components.base import COMMON_KEYS
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.spec import INCLUDER
from tfxc.schemas.words.wording import a_or_an, named

_VALUE = re.compile(r"([A-Za-z_]\w*)(?:\[[^\[\]]*\])?\.([A-Za-z_]\w*)\.value", re.ASCII)
_OTHER = re.compile(r"(parameters|run|env)\.([A-Za-z_]\w*)", re.ASCII)


def artifact_values(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203, T208 and T220: values of outputs that are not there, or that have none."""
    for text in pipeline.referencing_texts:
        if text.is_key or pipeline.is_in_command(text.path):
            continue
        for reference in text.template.references:
            channel = reference.channel
            if channel is None or not _is_known(reference, pipeline):
                continue
            node, output = channel
            start = text.text.index(reference.dotted, reference.start)
            end = start + len(reference.dotted)
            yield from output_findings(
                pipeline, node, output, text.path, (start, start + len(node)), (end - len(output), end)
            )
            standard = ARTIFACT_TYPES.get(pipeline.known_type(node, output) or "")
            if standard is not None and standard.value is None:
                yield Finding(
                    "T220",
                    f"`{reference.dotted}` is {a_or_an(standard.name)}, which has no `value`",
                    text.path,
                    part=(reference.start, reference.end),
                    related=(
                        Related(pipeline.nodes[node].path, f"its output `{output}` is declared here")
                        if node in pipeline.nodes
                        else Related((INCLUDER, output), "it is declared here"),
                    ),
                    help=(
                        "values are what components of your own return: int, float, str, bool, list, dict",
                    ),
                )


def misplaced_values(pipeline: Pipeline) -> Iterator[Finding]:
    """P305: the value of an artifact where no node's arguments are."""
    for text in pipeline.referencing_texts:
        if text.is_key or why_no_reference(text.path, pipeline) is not None:
            continue
        for reference in text.template.references:
            if not _is_known(reference, pipeline):
                continue
            if reference.channel is not None and not _is_argument(text.path):
                yield Finding(
                    "P305",
                    f"{named(text.path)} cannot hold the value of an artifact: only arguments of components "
                    "wait for other nodes",
                    text.path,
                    part=(reference.start, reference.end),
                    help=(
                        f"a condition reads it without braces: `{reference.target}`"
                        if text.path[2:] == ("when",)
                        else "give it as an argument of a component",
                    ),
                )


def texts_like_references(pipeline: Pipeline) -> Iterator[Finding]:
    """W732: an argument that is the text `node.output.value`, or a reference, without its braces."""
    for node in pipeline.nodes.values():
        if node.interface is None:
            continue
        for key, value in node.values.items():
            if key not in COMMON_KEYS and key not in node.interface.inputs:
                for path, text in _texts(value, (*node.path, key)):
                    meant = _meant(text, node, pipeline)
                    if meant is not None and why_no_reference(path, pipeline) is None:
                        yield Finding(
                            "W732",
                            f"{named(path)} is the text `{text}`, not what that stands for",
                            path,
                            help=(f'write `"{{{{ {meant} }}}}"`', "or ignore this, if the text is meant"),
                            fix=f"{{{{ {meant} }}}}",
                        )


def _is_known(reference: Reference, pipeline: Pipeline) -> bool:
    """Whether an input is one of the document: in one that declares none P302 tells of it."""
    return reference.root != INCLUDER or bool(pipeline.inputs)


def _is_argument(path: Path) -> bool:
    return path[0] == "components" and len(path) > 2 and path[2] not in COMMON_KEYS


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if not has_braces(value):
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*path, index))


def _meant(text: str, node: Node, pipeline: Pipeline) -> str | None:
    """Returns what reference a text is surely meant to be, if any."""
    other = _OTHER.fullmatch(text)
    if other is not None:
        root, name = other.groups()
        known = name in (pipeline.parameter_names if root == "parameters" else RUN_FIELDS)
        return text if known or (root == "env" and name.isupper()) else None
    match = _VALUE.fullmatch(text) or CHANNEL.fullmatch(text)
    if match is None or match.group(1) == node.id or match.group(1) not in pipeline.nodes:
        return None
    producer, output = match.groups()
    interface = pipeline.nodes[producer].interface
    standard = ARTIFACT_TYPES.get(pipeline.known_type(producer, output) or "")
    if interface is None or output not in interface.outputs:
        return None
    has_value = standard is not None and standard.value is not None
    named = text[: match.start(2) - 1]
    return f"{named}.{output}.value" if has_value else None
