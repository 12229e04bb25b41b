"""The tables of TFX's spec classes are TFX's."""

from __future__ import annotations

from typing import Any

import pytest

from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.standard_component_specs import KEYS, SPEC_CLASSES, SPEC_OF_COMPONENT
from tfxc.schemas.failures import Failure

pytestmark = pytest.mark.tfx
OF_ONE_LINE = {"custom_validation_config", "statistics"}
"""Keys that only one of TFX's lines has; in the other they are none of the spec class."""


def of_tfx() -> Any:
    from tfx.types import standard_component_specs

    return standard_component_specs


def test_constants() -> None:
    found = {name: value for name, value in vars(of_tfx()).items() if name.endswith("_KEY")}
    assert {name: KEYS.get(name) for name in found} == found
    assert {KEYS[name] for name in KEYS.keys() - found.keys()} <= OF_ONE_LINE


@pytest.mark.parametrize("name", sorted(SPEC_CLASSES))
def test_spec_classes(name: str) -> None:
    spec, ours = getattr(of_tfx(), name), SPEC_CLASSES[name]
    for table, texts in (("INPUTS", ours.inputs), ("OUTPUTS", ours.outputs)):
        found = {
            key: each.type.TYPE_NAME + ("?" if each.optional else "")
            for key, each in getattr(spec, table).items()
        }
        assert {key: text for key, text in texts.items() if key in found} == found
        assert texts.keys() - found.keys() <= OF_ONE_LINE
    parameters = {key: not each.optional for key, each in spec.PARAMETERS.items()}
    assert {
        key: not text.endswith("?") for key, text in ours.parameters.items() if key in parameters
    } == parameters
    assert ours.parameters.keys() - parameters.keys() <= OF_ONE_LINE
    for key, each in spec.PARAMETERS.items():
        assert ours.parameters[key].rstrip("?").rpartition(".")[2] == each.type.__name__


def test_no_spec_class_is_missing() -> None:
    found = {
        name
        for name, value in vars(of_tfx()).items()
        if isinstance(value, type) and value.__module__ == of_tfx().__name__
    }
    assert found == SPEC_CLASSES.keys()


def test_the_spec_classes_of_components() -> None:
    from tfxc.backends.launcher.build.artifacts import load_class

    for name in SPEC_OF_COMPONENT.keys() & set(component_types()):
        model: Any = component_model(name)
        try:
            component: Any = load_class(model.class_path)
        except Failure:
            assert model.service is not None  # the client of a service need not be installed
            continue
        assert component.SPEC_CLASS.__name__ == SPEC_OF_COMPONENT[name]
