"""Artifact types: their properties in ML Metadata, and where an artifact of one can go.

Mirrors ``tfx.types.standard_artifacts`` and ``tfx.types.experimental.simple_artifacts``. A type's
properties are declared by its class; custom properties are those that TFX's drivers and executors
write, read from their source and from the databases of real runs. A component of one's own may set
others on any artifact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Union

PropertyKind = Literal["int", "float", "str", "json"]
"""``json`` is a list or mapping: a condition cannot compare it."""
Content = Literal["data", "model", "metrics", "other"]
ValueKind = Literal["int", "float", "str", "bool", "bytes", "json"]
Properties = Mapping[str, PropertyKind]

ANY_ARTIFACT = "Artifact"
"""What a node takes or gives that is not tied to a type."""

EVERY_ARTIFACT: Properties = MappingProxyType({"tfx_version": "str", "is_external": "int"})
"""Custom properties that TFX writes on every artifact: its own version, and whether it was imported."""


@dataclass(frozen=True)
class ArtifactType:
    """A standard artifact type.

    ``value`` is the type of a value artifact's ``.value``, and None for a type that has none.
    ``content`` is what it holds, in words that systems beside TFX know. ``reported`` is whether reports
    have a page of it.
    """

    name: str
    description: str
    properties: Properties = field(default_factory=dict)
    custom_properties: Properties = field(default_factory=dict)
    value: ValueKind | None = None
    class_path: str = ""
    """``package.module:Class``"""
    content: Content = "other"
    reported: bool = False


_STANDARD = "tfx.types.standard_artifacts"
_SIMPLE = "tfx.types.experimental.simple_artifacts"
_SPLITS: Properties = {"span": "int", "split_names": "str"}


def _type(
    name: str,
    description: str,
    properties: Properties | None = None,
    custom_properties: Properties | None = None,
    value: ValueKind | None = None,
    module: str = _STANDARD,
    content: Content = "other",
    reported: bool = False,
) -> ArtifactType:
    return ArtifactType(
        name,
        description,
        MappingProxyType(dict(properties or {})),
        MappingProxyType({**(custom_properties or {}), **EVERY_ARTIFACT}),
        value,
        f"{module}:{name}",
        content,
        reported,
    )


def _value_type(name: str, description: str, value: ValueKind) -> ArtifactType:
    return _type(name, description, None, {"__is_null__": "int"}, value)


_TYPES = (
    _type(
        "Examples",
        "Examples in splits.",
        {"span": "int", "version": "int", "split_names": "str"},
        {
            # An ExampleGen leaves the properties of these two names unset.
            "span": "int",
            "version": "int",
            "input_fingerprint": "str",
            "payload_format": "str",
            "file_format": "str",
            "custom_split_pattern": "str",
        },
        content="data",
    ),
    _type(
        "ExampleStatistics",
        "Statistics of each split's features.",
        _SPLITS,
        {"sample_rate_by_split": "json", "stats_dashboard_link": "str"},
        reported=True,
    ),
    _type(
        "ExampleAnomalies",
        "Anomalies of each split; `blessed` maps a split to 1 or 0.",
        _SPLITS,
        {"blessed": "json"},
        reported=True,
    ),
    _type("ExampleValidationMetrics", "Measures of a distribution's shift.", _SPLITS),
    _type("ExamplesDiff", "Examples that differ between two data sets."),
    _type("Schema", "The types, domains, presence and shapes of features."),
    _type("TransformGraph", "The graph that makes features, with their schema.", content="model"),
    _type("TransformCache", "What Transform computed over spans of data.", content="data"),
    _type("HyperParameters", "Hyperparameters."),
    _type("TunerResults", "All trials of a Tuner.", reported=True),
    _type("Model", "A trained model.", content="model"),
    _type("ModelRun", "What training left beside the model, such as logs.", content="model", reported=True),
    _type("ModelEvaluation", "A model's metrics and plots by slice.", content="metrics", reported=True),
    _type(
        "ModelBlessing",
        "Whether a model met all thresholds: `blessed` is 1 or 0, and unset where there are none.",
        None,
        {
            "blessed": "int",
            "current_model": "str",
            "current_model_id": "int",
            "baseline_model": "str",
            "baseline_model_id": "int",
        },
    ),
    _type(
        "InfraBlessing",
        "Whether a model could be served: `blessed` is 1 or 0; `has_model` is 1 where it holds one.",
        None,
        {"blessed": "int", "has_model": "int"},
    ),
    _type(
        "PushedModel",
        "A pushed model: `pushed` is 1, or 0 if it was not allowed to be pushed.",
        None,
        {"pushed": "int", "pushed_destination": "str", "pushed_version": "str"},
        content="model",
    ),
    _type("InferenceResult", "Predictions.", content="data"),
    _type("DataView", "How to parse stored records into tensors."),
    _type("Config", "A configuration file."),
    _type("ExternalArtifact", "Anything from outside. Deprecated in TFX."),
    _value_type("String", "One text.", "str"),
    _value_type("Boolean", "True or false.", "bool"),
    _value_type("Integer", "One integer.", "int"),
    _value_type("Float", "One number.", "float"),
    _value_type("Bytes", "Bytes.", "bytes"),
    _value_type("JsonValue", "A list, a mapping or another JSON value.", "json"),
    _type("Dataset", "A data set of any form.", module=_SIMPLE),
    _type("File", "A file.", module=_SIMPLE),
    _type("Statistics", "Statistics of any form.", module=_SIMPLE),
    _type("Metrics", "Metrics of any form.", module=_SIMPLE),
)

ARTIFACT_TYPES: Mapping[str, ArtifactType] = MappingProxyType({each.name: each for each in _TYPES})
"""Type name → standard artifact type, in the order of a pipeline."""


class UnknownArtifactTypeError(LookupError):
    """No standard artifact type has that name."""


def value_kind(name: str | None) -> ValueKind | None:
    """Returns what the value of an artifact of a type is; None for one without, or not a standard one."""
    standard = ARTIFACT_TYPES.get(name or "")
    return standard.value if standard is not None else None


def is_reported(name: str) -> bool:
    """Whether reports have a page of artifacts of a type, which need not be a standard one."""
    standard = ARTIFACT_TYPES.get(name)
    return standard is not None and standard.reported


def artifact_type_names() -> tuple[str, ...]:
    """Returns the names of the standard artifact types, in the order of a pipeline."""
    return tuple(ARTIFACT_TYPES)


def artifact_type(name: str) -> ArtifactType:
    """Returns a standard artifact type. Raises UnknownArtifactTypeError."""
    try:
        return ARTIFACT_TYPES[name]
    except KeyError:
        raise UnknownArtifactTypeError(name) from None


def is_assignable(producer: str, consumer: str) -> bool:
    """Whether artifacts of the type ``producer`` can go into an input of the type ``consumer``.

    TFX compares type names: a type is assignable to itself alone, and to an input of any type.
    """
    return producer == consumer or ANY_ARTIFACT in (producer, consumer)


def property_kind(
    type_name: str, section: Literal["properties", "custom_properties"], name: str
) -> Union[PropertyKind, None]:
    """Returns the kind of a property that TFX writes on artifacts of a type; None if it writes none.

    A type of the user's own has no entry here: ask only for standard ones. Raises UnknownArtifactTypeError.
    """
    properties: Properties = getattr(artifact_type(type_name), section)
    return properties.get(name)
