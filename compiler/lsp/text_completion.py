"""What may be written inside of texts: between braces, and in conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.language.references import CONTAINER_FIELDS, RUN_FIELDS
from tfxc.compiler.lsp.place import Place
from tfxc.compiler.lsp.proposals import Completion, Kind, component_of, outputs_of
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import value_kind
from tfxc.schemas.components import find_component_model

_LAST_NAME = re.compile(r"[A-Za-z_][\w.\-]*(?:\[[^\]]*\]\.?[\w]*)?$|$", re.ASCII)


def references(
    typed: str, place: Place, type_name: str | None, pipeline: Pipeline | None, behind: str
) -> Iterator[Completion]:
    """Yields what may stand between braces."""
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
        for node, output, artifact_type in outputs_of(pipeline, component_of(place.whole_path)):
            if value_kind(artifact_type) is not None:
                yield proposal(f"{node}.{output}.value", "output", artifact_type or "")


def condition(typed: str, component: str | None, pipeline: Pipeline) -> Iterator[Completion]:
    """Yields what may come next in a condition."""
    match = _LAST_NAME.search(typed)
    begun = match.group(0) if match is not None else ""
    parts = begun.split(".")
    if len(parts) >= 3:
        fields = ("custom_properties", "properties", "uri", "value", "passed", "metric")
        if len(parts) == 3:
            yield from (Completion(each, each, "value", len(parts[-1]), "of the artifact") for each in fields)
        elif (
            parts[2] == "custom_properties" and pipeline.artifact_type(parts[0], parts[1]) == "ModelBlessing"
        ):
            yield Completion("blessed", "blessed", "value", len(parts[-1]), "1 where the model is blessed")
        return
    for node, output, artifact_type in outputs_of(pipeline, component):
        name = f"{node}.{output}"
        yield Completion(name, name, "output", len(begun), artifact_type or "")
        if artifact_type == "ModelBlessing":
            whole = f"{name}.custom_properties.blessed == 1"
            yield Completion(whole, whole, "output", len(begun), "where the model is blessed")
    for word in ("and", "or", "not"):
        yield Completion(word, word, "value", len(begun))


def _parameter_words(parameter: Any) -> str:
    default = "" if parameter.default is None else f" = {parameter.default}"
    return f"{parameter.type}{default}"
