"""What may be written inside of texts: between braces, and in conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.conditions import ONLY_OF, artifact_properties
from tfxc.compiler.language.reference_terms import CONTAINER_FIELDS, RUN_FIELDS
from tfxc.compiler.lsp.place import Place
from tfxc.compiler.lsp.proposals import Completion, Kind, component_of, outputs_of
from tfxc.compiler.lsp.selection_completion import selected, selection
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import ARTIFACT_TYPES, ArtifactType, value_kind
from tfxc.schemas.choices import METRIC, PASSED
from tfxc.schemas.components import find_component_model

_LAST_ARTIFACT = re.compile(r"([A-Za-z_][\w-]*)(\[[^\[\]]*\])?((?:\.\w*)*)$", re.ASCII)
_SECTIONS = {"properties": "property", "custom_properties": "custom_property"}


def references(
    typed: str, place: Place, type_name: str | None, pipeline: Pipeline | None, behind: str
) -> Iterator[Completion]:
    """Yields what may stand between braces."""
    inside = selection(typed, pipeline) if pipeline is not None else None
    if inside is not None:
        yield from inside
        return
    closing = "" if behind.lstrip().startswith("}}") else " }}"

    def proposal(target: str, kind: Kind, detail: str, documentation: str = "") -> Completion:
        return Completion(target, target + closing, kind, len(typed), detail, documentation)

    if pipeline is not None:
        declared = pipeline.document.get("parameters")
        for name in declared if isinstance(declared, dict) else ():
            sound = pipeline.parameters.get(name)
            detail = _parameter_words(sound) if sound is not None else "parameter"
            yield proposal(f"parameters.{name}", "parameter", detail, sound.description if sound else "")
        component = component_of(place.whole_path)
        matrix = pipeline.matrices.of(component) if component is not None else None
        for axis in matrix.combinations[0].values if matrix is not None and matrix.combinations else ():
            yield proposal(f"matrix.{axis}", "parameter", "this node's value of the axis")
        model = find_component_model(type_name) if type_name is not None else None
        if model is not None and model.kind == "container" and component is not None:
            values = pipeline.nodes[component].values if component in pipeline.nodes else {}
            for group, fields in CONTAINER_FIELDS.items():
                for name in values.get(group) or ():
                    for field in fields:
                        yield proposal(f"{group}.{name}.{field}", "value", f"{field} of {group[:-1]} {name}")
        for name, declared_input in (
            pipeline.inputs.items() if place.whole_path[:1] == ("components",) else ()
        ):
            if value_kind(declared_input.artifact_type) is not None:
                yield proposal(f"inputs.{name}.value", "output", declared_input.artifact_type)
    for field in RUN_FIELDS:
        yield proposal(f"run.{field}", "value", "of the run")
    yield Completion("env.", "env.", "value", len(typed), "read where the node runs")
    if pipeline is not None and place.whole_path[:1] == ("components",):
        consumer = component_of(place.whole_path)
        for node, output, artifact_type in outputs_of(pipeline, consumer):
            if value_kind(artifact_type) is not None:
                for named, meant in list(selected(node, consumer, pipeline, many=False)) or [(node, "")]:
                    yield proposal(f"{named}.{output}.value", "output", artifact_type or "", meant)


def condition(typed: str, component: str | None, pipeline: Pipeline) -> Iterator[Completion]:
    """Yields what may come next in a condition."""
    inside = selection(typed, pipeline)
    if inside is not None:
        yield from inside
        return
    match = _LAST_ARTIFACT.search(typed)
    node, brackets, *parts = match.groups() if match is not None else ("", None)
    names = parts[0].split(".")[1:] if parts else []
    if len(names) == 1 and brackets:
        yield from _outputs(node, names[0], pipeline)
    elif len(names) >= 2:
        yield from _fields(node, names, pipeline)
    else:
        yield from _artifacts(match.group(0) if match is not None else "", component, pipeline)


def _artifacts(begun: str, component: str | None, pipeline: Pipeline) -> Iterator[Completion]:
    for node, output, artifact_type in outputs_of(pipeline, component):
        choices = list(selected(node, component, pipeline, many=False)) or [(node, "")]
        for named, meant in choices:
            name = f"{named}.{output}"
            yield Completion(name, name, "output", len(begun), artifact_type or "", meant)
            if artifact_type == "ModelBlessing":
                whole = f"{name}.custom_properties.blessed == 1"
                yield Completion(whole, whole, "output", len(begun), "where the model is blessed", meant)
    for word in ("and", "or", "not"):
        yield Completion(word, word, "value", len(begun))


def _outputs(node: str, begun: str, pipeline: Pipeline) -> Iterator[Completion]:
    known = pipeline.nodes.get(node)
    interface = known.interface if known is not None else None
    for output, artifact_type in interface.outputs.items() if interface is not None else ():
        yield Completion(output, output, "output", len(begun), artifact_type or "")


def _fields(node: str, names: list[str], pipeline: Pipeline) -> Iterator[Completion]:
    """Yields what can be said of an artifact: fields, and the properties that its type has."""
    output, *rest = names
    type_name = pipeline.artifact_type(node, output)
    standard, producer = ARTIFACT_TYPES.get(type_name or ""), pipeline.nodes.get(node)
    if len(rest) == 1:
        for field in ("custom_properties", "properties", "uri", "value", PASSED, METRIC):
            if standard is None or _has(field, standard):
                yield Completion(field, field, "value", len(rest[0]), "of the artifact")
    elif rest[0] in _SECTIONS and standard is not None and producer is not None:
        known = artifact_properties(_SECTIONS[rest[0]], standard, producer)
        for name, kind in (standard.custom_properties if known is None else known).items():
            detail = "1 where the model is blessed" if name == "blessed" else kind
            yield Completion(name, name, "value", len(rest[-1]), detail)


def _has(field: str, standard: ArtifactType) -> bool:
    if field == "properties":
        return bool(standard.properties)
    if field == "value":
        return standard.value is not None
    return field not in ONLY_OF or ONLY_OF[field] == standard.name


def _parameter_words(parameter: Any) -> str:
    default = "" if parameter.default is None else f" = {parameter.default}"
    return f"{parameter.type}{default}"
