"""Components of the user's are described from their source, and nothing is ever imported."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tfxc.compiler.driver import check
from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.description import PythonComponentDescription, PythonComponentError

SAMPLES = Path(__file__).parent / "samples"


def load_sample(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


REFUSED = load_sample("refused_components")


def described(
    name: str, folder: Path = SAMPLES, file: str = "accepted_components.py"
) -> PythonComponentDescription:
    return PythonComponentReader(folder).read(f"{file}:{name}", folder)


def refusal(folder: Path, source: str, name: str = "F") -> PythonComponentError:
    (folder / "steps.py").write_text(source)
    with pytest.raises(PythonComponentError) as caught:
        described(name, folder, "steps.py")
    return caught.value


def test_parameters_of_every_kind() -> None:
    description = described("Parameters")
    assert {name: str(each.type) for name, each in description.parameters.items()} == {
        "number": "int",
        "rate": "float",
        "text": "str",
        "flag": "bool",
        "numbers": "List[float]",
        "nested": "Dict[str, List[int]]",
        "lower": "Dict[str, Any]",
        "mixed": "List[int or str]",
        "none": "int",
    }
    assert [name for name, each in description.parameters.items() if each.required] == ["number", "rate"]


def test_artifacts() -> None:
    description = described("Artifacts")
    assert {
        name: (each.artifact_type, each.required, each.many) for name, each in description.inputs.items()
    } == {
        "examples": ("Examples", True, False),
        "model": ("Model", True, False),
        "many": ("Schema", True, True),
        "lower_many": ("Schema", True, True),
        "mine": ("Mine", True, False),
        "maybe": ("Model", False, False),
    }
    assert description.outputs == {"out": "ModelEvaluation", "mine_too": "MineToo", "better": "Model"}


def test_values() -> None:
    description = described("Values")
    assert {name: (each.artifact_type, each.required) for name, each in description.inputs.items()} == {
        "number": ("Integer", True),
        "rate": ("Float", True),
        "text": ("String", True),
        "flag": ("Boolean", True),
        "raw": ("Bytes", True),
        "detail": ("JsonValue", True),
        "items": ("JsonValue", True),
        "maybe": ("Integer", False),
        "other": ("String", False),
        "union": ("JsonValue", False),
    }
    assert description.outputs == {"first": "Integer", "second": "String", "third": "JsonValue"}
    assert str(description.json_outputs["third"]) == "Dict[str, float]"


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("NoArguments", {}),
        ("FunctionalReturn", {"a": "Integer", "b": "JsonValue"}),
        ("OldReturn", {"loss": "Float", "name": "String"}),
        ("Alias", {}),
    ],
)
def test_what_functions_return(name: str, outputs: dict[str, str]) -> None:
    assert described(name).outputs == outputs


def test_a_beam_pipeline_is_no_argument_of_a_spec() -> None:
    description = described("Beam")
    assert description.uses_beam
    assert (list(description.inputs), list(description.parameters)) == (["examples"], [])


def test_a_proto_parameter_takes_any_mapping() -> None:
    assert described("Proto").parameters["config"].type is None


def test_a_component_class(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(
        "from tfx.types import standard_artifacts\n"
        "from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter\n"
        "from tfx.dsl.components.base import base_component\n"
        "RATE = 'rate'\n"
        "class Spec(ComponentSpec):\n"
        "    PARAMETERS = {RATE: ExecutionParameter(type=float), 'text': ExecutionParameter(str, True)}\n"
        "    INPUTS = {'model': ChannelParameter(type=standard_artifacts.Model)}\n"
        "    OUTPUTS = {'report': ChannelParameter(type=standard_artifacts.ModelEvaluation)}\n"
        "class Base(base_component.BaseComponent):\n"
        "    SPEC_CLASS = Spec\n"
        "class Score(Base):\n"
        "    def __init__(self, model, rate: float = 0.5, *, extra=None): ...\n"
    )
    description = described("Score", tmp_path, "steps.py")
    assert {name: each.required for name, each in description.inputs.items()} == {"model": True}
    assert {name: (str(each.type), each.required) for name, each in description.parameters.items()} == {
        "rate": ("float", False),
        "extra": ("None", False),
    }
    assert description.outputs == {"report": "ModelEvaluation"}


def test_types_may_come_from_modules_beside_it(tmp_path: Path) -> None:
    (tmp_path / "kinds.py").write_text(
        "from typing import TypedDict\nfrom tfx.v1.dsl import Artifact\n"
        "from tfx.v1.dsl.components import Parameter\n"
        "class Photo(Artifact):\n    TYPE_NAME = 'Photo'\nclass Out(TypedDict):\n    n: int\n"
    )
    (tmp_path / "steps.py").write_text(
        "import kinds\nfrom kinds import Out as Result, Parameter\n"
        "from tfx.v1.dsl.components import InputArtifact, component\n"
        "@component\ndef F(photo: InputArtifact[kinds.Photo], n_max: Parameter[int]) -> Result: ...\n"
    )
    description = described("F", tmp_path, "steps.py")
    assert description.inputs["photo"].artifact_type == "Photo"
    assert list(description.parameters) == ["n_max"]
    assert description.outputs == {"n": "Integer"}


@pytest.mark.parametrize("name", sorted(REFUSED.REFUSED))
def test_what_tfx_refuses_is_refused(name: str, tmp_path: Path) -> None:
    source = REFUSED.HEAD + "@component\n" + REFUSED.REFUSED[name]
    assert refusal(tmp_path, source).code == "M409"


def test_an_artifact_of_no_type_is_refused(tmp_path: Path) -> None:
    """TFX takes the definition, and then no channel: it compares the names of classes."""
    source = REFUSED.HEAD + "@component\ndef F(model: InputArtifact[tfx.dsl.Artifact]) -> None: ..."
    assert refusal(tmp_path, source).code == "M409"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def F(): ...\n", "M408"),
        ("F = 5\n", "M408"),
        ("from tfx.v1.components import Trainer as F\n", "M408"),
        ("from nowhere import *\n", "M408"),
        ("class F: ...\n", "M408"),
        ("G = 5\n", "M404"),
        ("def F(:\n", "M403"),
        ("\0", "M403"),
        ("F = G\nG = F\n", "M408"),
        ("import steps\nF = steps.F\n", "M408"),
        ("(" * 5000, "M403"),
        ("F = " + "-" * 5000 + "1\n", "M403 or M408"),
        ("F = x" + ".a" * 3000 + "\n", "M403 or M408"),
    ],
)
def test_hostile_modules(source: str, code: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, source).code in code.split(" or ")


def test_nothing_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "noisy_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (package / "steps.py").write_text(
        "raise RuntimeError('imported')\n"
        "from tfx.v1.dsl.components import component\n@component\ndef F(): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path / "site")
    before = set(sys.modules)
    description = PythonComponentReader(tmp_path).read("noisy_package.steps:F", tmp_path)
    assert description.location.folder is None
    assert description.location.import_name == "noisy_package.steps"
    assert not {name for name in set(sys.modules) - before if name.split(".")[0] in ("noisy_package", "tfx")}


def test_a_package_beside_the_spec_comes_before_an_installed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "from tfx.v1.dsl.components import component\n@component\ndef F(): ...\n"
    for folder in ("site", "spec"):
        (tmp_path / folder / "steps_package").mkdir(parents=True)
        (tmp_path / folder / "steps_package" / "steps.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path / "site")
    description = PythonComponentReader(tmp_path / "spec").read("steps_package.steps:F", tmp_path / "spec")
    assert description.location.folder == tmp_path / "spec"


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "steps.py")
    with pytest.raises(PythonComponentError) as caught:
        described("F", tmp_path, "steps.py")
    assert caught.value.code == "M402"


def test_an_exit_handler_gets_the_final_status_as_on_exit_only(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(
        "from tfx import v1 as tfx\n@tfx.orchestration.experimental.exit_handler\n"
        "def Tell(final_status: tfx.dsl.components.Parameter[str], loud: bool = None): ...\n"
    )
    spec = "version: 1\nname: exit\ncomponents:\n  tell: {type: 'steps.py:Tell'}\n"
    (tmp_path / "pipeline.yaml").write_text(spec)
    (found,) = check(tmp_path / "pipeline.yaml").diagnostics
    assert found.message == "`tell` lacks `final_status`"
    assert found.help == ("`on_exit: tell` makes it the exit handler, which is given that",)
    (tmp_path / "pipeline.yaml").write_text(spec + "on_exit: tell\n")
    checked = check(tmp_path / "pipeline.yaml")
    assert checked.diagnostics == ()
    assert checked.plan is not None
    assert checked.plan.nodes[0].component.final_status == "final_status"
