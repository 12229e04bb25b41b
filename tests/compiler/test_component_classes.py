"""Component classes in the ways that people write them are read without a false error."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.python.components import PythonComponentReader
from tfxc.compiler.python.description import PythonComponentDescription, PythonComponentError

SAMPLES = Path(__file__).parent / "samples"


def read(name: str, folder: Path = SAMPLES, file: str = "own/components.py") -> PythonComponentDescription:
    return PythonComponentReader(folder).read(f"{file}:{name}", folder)


def inputs(description: PythonComponentDescription) -> dict[str, str]:
    return {
        name: each.artifact_type + ("" if each.required else "?") for name, each in description.inputs.items()
    }


def parameters(description: PythonComponentDescription) -> dict[str, str]:
    return {
        name: str(each.type) + ("" if each.required else "?") for name, each in description.parameters.items()
    }


def test_a_document_gives_what_the_constructor_takes() -> None:
    sample = read("Sample")
    assert inputs(sample) == {"examples": "Examples"}  # a spec that is given None refuses it
    assert parameters(sample) == {"label": "str", "splits": "List[str]?", "mode": "None?"}
    assert sample.outputs == {"kept": "Examples"}
    assert not sample.open_arguments


def test_keys_may_be_tfxs_constants_and_types_ones_own() -> None:
    card = read("Card")
    assert inputs(card) == {"evaluation": "ModelEvaluation?", "statistics": "ExampleStatistics?"}
    assert parameters(card) == {"layout": "Dict[str, Any]?", "pairs": "List[Any]?"}
    assert card.outputs == {"card": "Card"}


def test_what_keywords_hand_on_to_a_class_of_ones_own() -> None:
    short = read("ShortCard")
    assert inputs(short) == inputs(read("Card"))
    assert parameters(short) == {"lines": "int", "pairs": "List[Any]?"}
    assert not short.open_arguments


@pytest.mark.parametrize("name", ["Everything", "Bare"])
def test_what_keywords_hand_on_to_the_spec_class(name: str) -> None:
    expected = {"layout": "Dict[str, Any]?", "pairs": "List[Any]?"}
    taken = read(name)
    assert parameters(taken) == expected | ({"title": "str"} if name == "Everything" else {})
    assert inputs(taken)["statistics"] == "ExampleStatistics?"
    assert inputs(taken).get("examples") == ("Examples" if name == "Everything" else None)
    assert taken.outputs == {"card": "Card"}


def test_a_class_that_extends_a_generator_of_tfxs() -> None:
    query = read("QueryGen")
    assert inputs(query) == {}
    assert parameters(query) == {"table": "str", "limit": "int?", "output_config": "None?"}
    assert query.outputs == {"examples": "Examples"}


def test_a_class_that_extends_a_component_takes_the_rest_of_its_arguments() -> None:
    evaluator = read("StrictEvaluator")
    assert inputs(evaluator)["examples"] == "Examples"
    assert parameters(evaluator)["strict"] == "bool?"
    assert "eval_config" in evaluator.parameters
    assert "fairness_indicator_thresholds" not in evaluator.parameters
    assert evaluator.outputs == {"evaluation": "ModelEvaluation", "blessing": "ModelBlessing"}
    quiet = read("QuietPusher")
    assert inputs(quiet)["infra_blessing"] == "InfraBlessing?"
    assert "push_destination" in quiet.parameters


def test_a_spec_class_that_extends_one_of_tfxs() -> None:
    loud = read("LoudPusher")
    assert inputs(loud) == {"model": "Model"}
    assert parameters(loud) == {"room": "str"}
    assert loud.outputs == {"pushed_model": "PushedModel"}


HEAD = """
from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
"""


SPEC = """
class Spec(types.ComponentSpec):
    PARAMETERS = {}
    INPUTS = {names.MODEL: ChannelParameter(type=standard_artifacts.Model)}
    OUTPUTS = OUT

class Own(base_component.BaseComponent):
    SPEC_CLASS = Spec
"""


@pytest.mark.parametrize(
    ("outputs", "keys"),
    [
        ("{NAME: ChannelParameter(type=standard_artifacts.Model)}", ["shared"]),
        ("{'y': ONE, **{'x': ONE}}", ["y", "x"]),
        ("dict(y=ONE)", ["y"]),
        ("{'y': ONE} | dict({'x': ONE}, z=ONE)", ["y", "x", "z"]),
        ("{NAME + 'd': ONE}", None),
        ("{name: ONE for name in 'xy'}", None),
        ("made()", None),
        ("{**made()}", None),
    ],
)
def test_tables_and_names_from_modules_and_stars(
    outputs: str, keys: list[str] | None, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir()  # a folder without __init__.py is a package too
    (tmp_path / "shared/names.py").write_text("MODEL = 'model'\nOTHER = 'shared'\n")
    (tmp_path / "shared/more.py").write_text("from .names import *\n")
    (tmp_path / "steps.py").write_text(
        HEAD + "from shared import names\nfrom shared.more import OTHER as NAME\n"
        "ONE = ChannelParameter(type=standard_artifacts.Model)\n" + SPEC.replace("= OUT\n", f"= {outputs}\n")
    )
    if keys is None:
        with pytest.raises(PythonComponentError) as caught:
            read("Own", tmp_path, "steps.py")
        assert caught.value.message == "`OUTPUTS` of `Spec` in `steps.py` is not a plain dictionary"
        return
    own = read("Own", tmp_path, "steps.py")
    assert inputs(own) == {"model": "Model"}
    assert list(own.outputs) == keys


def test_a_class_in_a_package_that_is_never_the_users_is_refused(tmp_path: Path) -> None:
    (tmp_path / "steps.py").write_text(
        "from tfx.components.somewhere import Component\nclass Own(Component):\n    pass\n"
    )
    with pytest.raises(PythonComponentError) as caught:
        read("Own", tmp_path, "steps.py")
    assert caught.value.code == "M408"


def test_a_driver_that_tfxs_launcher_cannot_call_is_refused(tmp_path: Path) -> None:
    source = HEAD + (
        "from tfx.dsl.components.base import base_driver\n"
        "from tfx.types import standard_component_specs\n"
        "class Driver(base_driver.BaseDriver):\n    def resolve_exec_properties(self, *args): ...\n"
        "class Own(base_component.BaseComponent):\n"
        "    SPEC_CLASS = standard_component_specs.PusherSpec\n    DRIVER_CLASS = Driver\n"
    )
    (tmp_path / "steps.py").write_text(source)
    with pytest.raises(PythonComponentError) as caught:
        read("Own", tmp_path, "steps.py")
    assert caught.value.message == "TFX cannot run `Own` (`steps.py`): its driver `Driver` has no `run`"
    (tmp_path / "steps.py").write_text(source.replace("resolve_exec_properties", "run"))
    assert read("Own", tmp_path, "steps.py").outputs == {"pushed_model": "PushedModel"}
