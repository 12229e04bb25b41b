"""A component whose code cannot be read is declared in the spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.driver import check

DYNAMIC = "globals()['Made'] = object()\n"
INTERFACE = (
    "interface: {inputs: {model: Model, schema: Schema}, outputs: {report: Dataset}, "
    "parameters: {rate: float, names: list}, optional: [schema, names]}"
)


def messages(folder: Path, component: str, type_name: str = "steps.py:Made") -> list[str]:
    text = "version: 1\nname: declared\ncomponents:\n"
    text += "  model: {type: Importer, source_uri: model, artifact_type: Model}\n"
    text += f"  made:\n    type: {type_name}\n" + "".join(f"    {line}\n" for line in component.splitlines())
    (folder / "steps.py").write_text(DYNAMIC)
    (folder / "pipeline.yaml").write_text(text)
    return [each.message for each in check(folder / "pipeline.yaml").diagnostics]


@pytest.mark.parametrize("type_name", ["steps.py:Made", "steps:Made", "elsewhere.steps:Made"])
def test_it_is_taken_as_it_is_declared(tmp_path: Path, type_name: str) -> None:
    given = f"{INTERFACE}\nmodel: model.result\nrate: 1\nnames: [a, 2]"
    assert messages(tmp_path, given, type_name) == []
    plan = check(tmp_path / "pipeline.yaml").plan
    assert plan is not None
    made = plan.node("made")
    assert made.outputs == {"report": "Dataset"}
    assert [source.artifact_type for source in made.inputs["model"]] == ["Model"]
    assert made.arguments["rate"].value == 1.0
    module = made.modules()[0]
    assert (module.folder is None) == (type_name == "elsewhere.steps:Made")


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("model: model.result", "what `steps.py` calls `Made` cannot be read without running it"),
        (f"{INTERFACE}\nrate: 1", "`made` lacks `model`, which takes a Model"),
        (f"{INTERFACE}\nmodel: model.result", "`made` lacks `rate`"),
        (
            f"{INTERFACE}\nmodel: model.result\nrate: fast",
            "`made.rate` must be a number, but it is the text",
        ),
        ("interface: {parameters: {rate: double}}", "double"),
        ("interface: {input: {}}", "input"),
        ("interface: {outputs: {x: 3}}", "must be a text"),
        ("interface: {optional: x}", "must be a list"),
        ("interface: [x]", "interface"),
    ],
)
def test_what_is_wrong_with_it(tmp_path: Path, component: str, expected: str) -> None:
    found = messages(tmp_path, component)
    assert any(expected in message for message in found), found


def test_the_finding_says_what_to_write(tmp_path: Path) -> None:
    messages(tmp_path, "rate: 1")
    (found,) = check(tmp_path / "pipeline.yaml").diagnostics
    assert "or declare it beside `type`: `interface: {inputs: " in found.help[-1]


def test_a_component_of_tfxs_says_itself_what_it_takes(tmp_path: Path) -> None:
    found = messages(tmp_path, "input_base: data\ninterface: {inputs: {}}", "CsvExampleGen")
    assert found[0].startswith("`made` has no argument `interface`")


def test_a_name_that_surely_is_not_there_is_told_all_the_same(tmp_path: Path) -> None:
    found = messages(tmp_path, "interface: {}", "other.py:Made")
    assert found == ["`other.py` is not there"]
