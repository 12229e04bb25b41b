"""Containers: their keys, images, and what their commands refer to: S101, S105, S111, P302, W740, W741."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.places import why_no_reference
from tfxc.compiler.checks.shape.hints import unknown_key_help
from tfxc.compiler.language.reference_terms import Reference
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.models.markers import keys_of
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.texts import ReferencingText
from tfxc.schemas.artifacts import artifact_type, artifact_type_names
from tfxc.schemas.components.container import Container
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an, named, shown_value

_DECLARING = ("inputs", "outputs", "parameters")
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?P<tag>:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
    r"(?P<digest>@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
_LATEST = ":latest"


def container_keys(pipeline: Pipeline) -> Iterator[Finding]:
    """S101 and S105: keys that are neither a container's own nor one of its inputs, and names taken twice."""
    for node in _containers(pipeline):
        keys, inputs = keys_of(Container), _declared(node, "inputs")
        for name in node.values:
            if name not in keys and name not in inputs:
                yield _unknown_key(node, name, inputs)
        taken: dict[str, Path] = {}
        for section in _DECLARING:
            for name in _declared(node, section):
                path = (*node.path, section, name)
                if section == "inputs" and name in keys:
                    message = f"an input cannot be called `{name}`: that is a key that every container has"
                    yield Finding("S105", message, path, at_key=True)
                elif name in taken:
                    yield Finding(
                        "S105",
                        f"`{node.id}` has two things called `{name}`",
                        path,
                        at_key=True,
                        related=(Related(taken[name], "and this one"),),
                        help=("inputs, outputs and parameters have their names in common",),
                    )
                taken.setdefault(name, path)


def container_images(pipeline: Pipeline) -> Iterator[Finding]:
    """S111 and W741: an image that no registry could have, and one whose content may change."""
    for node in _containers(pipeline):
        image, path = node.values.get("image"), (*node.path, "image")
        if not isinstance(image, str) or not image or is_templated(image):
            continue
        match = _IMAGE.fullmatch(image)
        if match is None:
            yield Finding(
                "S111",
                f"{named(path)} cannot be {shown_value(image)}: no image is called so",
                path,
                help=("an image is `[registry/]name[:tag][@sha256:digest]`, its name in lower case",),
            )
        elif match["digest"] is None and match["tag"] in (None, _LATEST):
            what = "has no tag" if match["tag"] is None else "has the tag `latest`"
            yield Finding(
                "W741",
                f"the image of `{node.id}` {what}: what it is may change between two runs",
                path,
                help=("name a version, `image:1.2`, or a digest, `image@sha256:…`",),
            )


def container_references(pipeline: Pipeline) -> Iterator[Finding]:
    """P302: references to inputs and outputs outside a container's command, or to what it does not have."""
    for text in pipeline.referencing_texts:
        if text.is_key or why_no_reference(text.path, pipeline) is not None:
            continue
        node = commanding_container(text.path, pipeline)
        for reference in text.template.references:
            if not reference.is_of_container:
                continue
            if node is None and reference.channel is not None and pipeline.inputs:
                continue  # the value of what is given to the document
            if node is None:
                yield _outside(text, reference, pipeline)
            else:
                yield from _unknown_name(text, reference, node)


def unused_by_commands(pipeline: Pipeline) -> Iterator[Finding]:
    """W740: an input, output or parameter that the command of a container does not refer to."""
    for node in _containers(pipeline):
        texts = [
            text for text in pipeline.referencing_texts if commanding_container(text.path, pipeline) is node
        ]
        if any(text.template.bad_references for text in texts):
            continue
        references = [reference for text in texts for reference in text.template.references]
        used = {(each.root, each.name) for each in references}
        for section in _DECLARING:
            root, field = ("outputs", "uri") if section == "outputs" else ("inputs", "uri")
            field = "value" if section == "parameters" else field
            for name in _declared(node, section):
                if (root, name) not in used:
                    yield Finding(
                        "W740",
                        f"the command of `{node.id}` does not use its {section[:-1]} `{name}`",
                        (*node.path, section, name),
                        at_key=True,
                        help=(f"refer to it: `{{{{ {root}.{name}.{field} }}}}`",),
                    )


def commanding_container(path: Path, pipeline: Pipeline) -> Node | None:
    """Returns the container whose command a text belongs to."""
    return pipeline.nodes[str(path[1])] if pipeline.is_in_command(path) else None


def _containers(pipeline: Pipeline) -> Iterator[Node]:
    for node in pipeline.nodes.values():
        if node.interface is not None and node.interface.kind == "container":
            yield node


def _declared(node: Node, section: str) -> Mapping[str, Any]:
    declared = node.values.get(section)
    return declared if isinstance(declared, dict) else {}


def _unknown_key(node: Node, name: str, inputs: Iterable[str]) -> Finding:
    known = [*keys_of(Container), *inputs]
    near = closest(name, known)
    help_lines = did_you_mean(name, known) or unknown_key_help(Container, name, node.path)
    declared = (*help_lines, f"an input is declared: `inputs: {{{name}: Model}}`")
    message = f"`{node.id}` has the unknown key `{name}`"
    path = (*node.path, name)
    return Finding(
        "S101",
        message,
        path,
        at_key=True,
        help=help_lines if near else declared,
        fix=only_closest(name, known),
    )


def _outside(text: ReferencingText, reference: Reference, pipeline: Pipeline) -> Finding:
    what = "input" if reference.root == "inputs" else "output"
    return Finding(
        "P302",
        f"`{reference.target}` is an {what} of a container, which only its `command` and `args` know",
        text.path,
        part=(reference.start, reference.end),
        help=(
            f"what is given to this spec is the channel `inputs.{reference.name}`, without braces"
            if reference.root == "inputs" and reference.name in pipeline.inputs
            else "what another component gives is a channel, `component.output`",
        ),
    )


def _unknown_name(text: ReferencingText, reference: Reference, node: Node) -> Iterator[Finding]:
    part = (reference.start, reference.end)
    inputs, outputs = _declared(node, "inputs"), _declared(node, "outputs")
    parameters = _declared(node, "parameters")
    name, root = reference.name, reference.root
    known = outputs if root == "outputs" else {**inputs, **parameters}
    if name not in known:
        other = {**inputs, **parameters} if root == "outputs" else outputs
        meant: str | None = None
        if name in other:
            of = f"outputs.{name}.uri" if name in outputs else f"inputs.{name}.{_field(name, parameters)}"
            help_lines: tuple[str, ...] = (f"write `{of}`",)
            meant = of
        else:
            near = only_closest(name, known)
            meant = f"{root}.{near}.{_field(near, parameters)}" if near is not None else None
            listed = (
                f"its {root} are {enumeration(list(known))}" if known else f"declare it below `{root}`",
            )
            help_lines = did_you_mean(name, known) or listed
        message = f"`{node.id}` has no {root[:-1]} `{name}`"
        fix = f"{{{{ {meant} }}}}" if meant is not None else None
        yield Finding("P302", message, text.path, part=part, help=help_lines, fix=fix)
    elif name in parameters and reference.field != "value":
        fix = f"{{{{ inputs.{name}.value }}}}"
        message = f"`{name}` is a parameter of `{node.id}`, which has a value and no URI"
        yield Finding("P302", message, text.path, part=part, help=(f"write `{fix}`",), fix=fix)
    elif name in inputs and reference.field == "value" and not _has_value(inputs[name]):
        fix = f"{{{{ inputs.{name}.uri }}}}"
        message = f"`{name}` of `{node.id}` is {a_or_an(str(inputs[name]))}, which has no value"
        yield Finding("P302", message, text.path, part=part, help=(f"write `{fix}`",), fix=fix)


def _field(name: str, parameters: Mapping[str, Any]) -> str:
    return "value" if name in parameters else "uri"


def _has_value(type_name: object) -> bool:
    """Whether an artifact type has a value, as far as can be known."""
    if not isinstance(type_name, str) or type_name not in artifact_type_names():
        return True
    return artifact_type(type_name).value is not None
