"""What Kubeflow calls the types of artifacts and values → the names of TFX's artifact types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tfxc.schemas.artifacts import ANY_ARTIFACT, ARTIFACT_TYPES

_TITLE = re.compile(r"^title: *['\"]?([\w.-]+)", re.MULTILINE)
_OF_KFP: Mapping[str, str] = {
    "system.Model": "Model",
    "google.VertexModel": "Model",
    "system.Dataset": "Dataset",
    "system.Metrics": "Metrics",
    "system.ClassificationMetrics": "Metrics",
    "system.SlicedClassificationMetrics": "Metrics",
    "system.HTML": "File",
    "system.Markdown": "File",
    "system.Artifact": "File",
}
OF_PARAMETER: Mapping[str, str] = {
    "STRING": "String",
    "NUMBER_INTEGER": "Integer",
    "NUMBER_DOUBLE": "Float",
    "BOOLEAN": "Boolean",
    "LIST": "JsonValue",
    "STRUCT": "JsonValue",
}
"""Type of an output parameter → the artifact type of a value of it."""


def artifact_type(definition: Any) -> str:
    """Returns the type of an artifact of a component's interface."""
    kind = definition.get("artifactType", definition)
    title = kind.get("schemaTitle", "")
    if not title:
        found = _TITLE.search(kind.get("instanceSchema", ""))
        title = found[1] if found is not None else ""
    if title.startswith("tfx."):
        name = str(title.removeprefix("tfx."))
        return name if name in ARTIFACT_TYPES else ANY_ARTIFACT
    return _OF_KFP.get(title, title or "File")
