"""What is read from source agrees with what TFX makes of the same source."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.types import VALUE_ARTIFACTS, accepts_value, coerced

pytestmark = pytest.mark.tfx
SAMPLES = Path(__file__).parent / "samples"
NAMES = (
    "NoArguments", "Parameters", "Artifacts", "Values", "FunctionalReturn", "OldReturn", "Beam", "Proto",
    "Conditional",
)  # fmt: skip


def load_sample(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def accepted() -> ModuleType:
    return load_sample("accepted_components")


@pytest.mark.parametrize("name", NAMES)
def test_inputs_outputs_and_parameters_are_those_of_tfx(accepted: ModuleType, name: str) -> None:
    spec = getattr(accepted, name).SPEC_CLASS
    read = PythonComponentReader(SAMPLES).read(f"accepted_components.py:{name}", SAMPLES)
    assert {key: (each.artifact_type, each.required) for key, each in read.inputs.items()} == {
        key: (each.type.TYPE_NAME, not each.optional) for key, each in spec.INPUTS.items()
    }
    assert read.outputs == {key: each.type.TYPE_NAME for key, each in spec.OUTPUTS.items()}
    is_beam = [
        key for key, each in spec.PARAMETERS.items() if getattr(each.type, "__name__", "") == "Pipeline"
    ]
    assert {key: each.required for key, each in read.parameters.items()} == {
        key: not each.optional for key, each in spec.PARAMETERS.items() if key not in is_beam
    }
    assert read.uses_beam == bool(is_beam)


def test_every_refused_function_is_refused_by_tfx_too(tmp_path: Path) -> None:
    refused = load_sample("refused_components")
    taken = []
    for name, source in refused.REFUSED.items():
        path = tmp_path / f"refused_{name}.py"
        path.write_text(refused.HEAD + "@component\n" + source + "\n")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        try:
            spec.loader.exec_module(module)
        except (ValueError, TypeError, AttributeError, AssertionError):
            continue
        taken.append(name)
    assert taken == []


VALUES: tuple[Any, ...] = (
    1, 1.5, True, "x", None, [], [1], [1.5], ["x"], [1, "x"], {}, {"a": 1}, {"a": 1.5}, {"a": [1]},
    {"a": "x"}, {"a": {"b": 1}}, [[1]],
)  # fmt: skip


def test_values_are_taken_as_tfx_takes_them(accepted: ModuleType) -> None:
    spec = accepted.Parameters.SPEC_CLASS
    read = PythonComponentReader(SAMPLES).read("accepted_components.py:Parameters", SAMPLES)
    for name, parameter in read.parameters.items():
        assert parameter.type is not None
        for value in VALUES:
            if value is None or (isinstance(value, bool) and parameter.type.kind == "int"):
                continue  # None is unset; that a bool is an int is Python's, not what a spec means
            given = coerced(parameter.type, value)
            try:
                spec.PARAMETERS[name].type_check(name, given)
            except TypeError:
                taken = False
            else:
                taken = True
            assert accepts_value(parameter.type, value) == taken, (name, value)


def test_primitives_are_held_by_the_artifacts_that_tfx_uses() -> None:
    from tfx.dsl.component.experimental import function_parser

    classes = {"int": int, "float": float, "str": str, "bool": bool, "bytes": bytes}
    for kind, type_name in VALUE_ARTIFACTS.items():
        assert type_name == function_parser._PRIMITIVE_TO_ARTIFACT[classes[kind]].TYPE_NAME
