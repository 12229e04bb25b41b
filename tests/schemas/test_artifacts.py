"""Artifact types and what is known of their properties."""

from __future__ import annotations

import pytest

from tfxc.schemas.artifacts import (
    ARTIFACT_TYPES,
    UnknownArtifactTypeError,
    artifact_type,
    artifact_type_names,
    is_assignable,
    property_kind,
)
from tfxc.schemas.components import component_model, component_types


def test_all_types_are_listed() -> None:
    assert len(artifact_type_names()) == 30
    assert artifact_type("Model") is ARTIFACT_TYPES["Model"]


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(UnknownArtifactTypeError):
        artifact_type("Modell")


def test_a_type_is_assignable_to_itself_and_to_any() -> None:
    assert is_assignable("Model", "Model")
    assert is_assignable("Model", "Artifact")
    assert not is_assignable("Model", "PushedModel")


@pytest.mark.parametrize(
    ("type_name", "name", "kind"),
    [
        ("ModelBlessing", "blessed", "int"),
        ("InfraBlessing", "blessed", "int"),
        ("PushedModel", "pushed", "int"),
        ("PushedModel", "pushed_destination", "str"),
        ("Examples", "span", "int"),
        ("Examples", "input_fingerprint", "str"),
        ("ExampleAnomalies", "blessed", "json"),
        ("Schema", "tfx_version", "str"),
        ("Schema", "blessed", None),
    ],
)
def test_custom_properties(type_name: str, name: str, kind: str | None) -> None:
    assert property_kind(type_name, "custom_properties", name) == kind


def test_properties_and_custom_properties_are_apart() -> None:
    assert property_kind("ExampleStatistics", "properties", "span") == "int"
    assert property_kind("ExampleStatistics", "custom_properties", "span") is None
    assert property_kind("Examples", "properties", "input_fingerprint") is None


def test_value_artifacts_have_the_type_of_their_value() -> None:
    values = {name: each.value for name, each in ARTIFACT_TYPES.items() if each.value is not None}
    assert values == {
        "String": "str",
        "Boolean": "bool",
        "Integer": "int",
        "Float": "float",
        "Bytes": "bytes",
        "JsonValue": "json",
    }


def test_components_give_known_types() -> None:
    for name in component_types():
        for output in component_model(name).outputs.values():
            assert output.artifact_type in ARTIFACT_TYPES
