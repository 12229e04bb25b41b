"""The parts of a Plan beside its nodes: parameters, pipeline root, metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from tfxc.compiler.language.references import has_braces
from tfxc.compiler.lower.values import ValueLowering, without_nulls
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.parameters import Parameter, ParameterValue
from tfxc.schemas.plan import GrpcMetadata, PlanMetadata, PlanParameter, ServerMetadata, SqliteMetadata
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.plan_values import path as file_path
from tfxc.schemas.spec import DEFAULT_METADATA_PATH, DEFAULT_PIPELINE_ROOT


def lower_parameters(pipeline: Pipeline, values: ValueLowering) -> tuple[PlanParameter, ...]:
    """Returns the parameters in the document's order. A default path is relative to the spec."""
    lowered = []
    for name, parameter in pipeline.parameters.items():
        default = lower_default(name, parameter, values)
        lowered.append(
            PlanParameter(
                name=name,
                type=parameter.type,
                required=default is None,
                default=default,
                description=parameter.description,
                minimum=parameter.minimum,
                maximum=parameter.maximum,
                choices=tuple(parameter.choices or ()),
                pattern=parameter.pattern,
            )
        )
    return tuple(lowered)


def lower_default(name: str, parameter: Parameter, values: ValueLowering) -> Optional[ParameterValue]:
    """Returns the default of a parameter, a path relative to the spec; None if it has none."""
    default = parameter.default
    if parameter.type == "path" and isinstance(default, str):
        return values.rebased_text(default, ("parameters", name, "default"))
    return float(default) if parameter.type == "float" and type(default) is int else default


def pipeline_root(document: Mapping[str, Any], values: ValueLowering) -> Any:
    """Returns where outputs go; by default a folder beside the spec."""
    root = document.get("pipeline_root")
    if root is None:
        return file_path(DEFAULT_PIPELINE_ROOT)
    return values.file_path(root, ("pipeline_root",))


def lower_metadata(document: Mapping[str, Any], values: ValueLowering) -> PlanMetadata:
    """Returns where MLMD is kept; by default a SQLite file in a pipeline root of this machine."""
    metadata = without_nulls(document.get("metadata") or {})
    for kind, settings in metadata.items():
        path = ("metadata", kind)
        if kind == "sqlite":
            return SqliteMetadata(path=values.file_path(settings["path"], (*path, "path")))
        lowered = {key: values.value(value, (*path, key)) for key, value in without_nulls(settings).items()}
        return GrpcMetadata(**lowered) if kind == "grpc" else ServerMetadata(kind=kind, **lowered)
    root = document.get("pipeline_root")
    if isinstance(root, str) and not has_braces(root) and not is_uri(root):
        return SqliteMetadata(
            path=values.file_path(f"{root.rstrip('/') or root}/metadata.sqlite", ("pipeline_root",))
        )
    return SqliteMetadata(path=file_path(DEFAULT_METADATA_PATH))
