"""Files that a node takes in by their path: what is in them is part of the cache key, not only the path."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Optional

from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.protocol.property_names import CONTENT_CHECKSUM
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.markers import InputPath
from tfxc.schemas.plan import ImporterComponent, PlanNode
from tfxc.schemas.plan_values import is_uri

_BLOCK = 1 << 20


def with_content(
    ir: pipeline_pb2.PipelineNode, planned: PlanNode, values: Values
) -> pipeline_pb2.PipelineNode:
    """Returns the IR of a node whose identity includes what the local files hold that it takes in.

    TFX's cache keys and its Importer know a file by its path alone: a schema that was edited, or a folder
    that was imported and then changed, would be the old one for ever.
    """
    checksum = _checksum(planned, values)
    if checksum is None:
        return ir
    copy = pipeline_pb2.PipelineNode()
    copy.CopyFrom(ir)
    if isinstance(planned.component, ImporterComponent):
        for output in copy.outputs.outputs.values():
            properties = output.artifact_spec.additional_custom_properties
            properties[CONTENT_CHECKSUM].field_value.string_value = checksum
    else:
        copy.parameters.parameters[CONTENT_CHECKSUM].field_value.string_value = checksum
    return copy


def _checksum(planned: PlanNode, values: Values) -> Optional[str]:
    """Returns the checksum of what a node's paths hold; None if none of them is to be looked into."""
    model = find_component_model(planned.component.type)
    if model is None:
        return None
    digest = hashlib.sha256()
    found = False
    for name, field in model.model_fields.items():
        looks_into = any(isinstance(each, InputPath) and each.content_counts for each in field.metadata)
        argument = planned.arguments.get(name)
        if looks_into and argument is not None:
            found |= _add(digest, resolve(argument.value, values, f"{planned.id}.{name}"))
    return digest.hexdigest() if found else None


def _add(digest: Any, path: object) -> bool:
    """Adds the files at a local path to a digest, in the order of their names; whether there are any.

    What is elsewhere, is not there or cannot be read is left to TFX, which says so.
    """
    if not isinstance(path, str) or is_uri(path):
        return False
    root = Path(path)
    files = sorted(each for each in root.rglob("*") if each.is_file()) if root.is_dir() else [root]
    try:
        for file in files:
            digest.update(str(file.relative_to(root)).encode() + b"\0")
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    digest.update(block)
            digest.update(b"\0")
    except OSError:
        return False
    return bool(files)
