"""Components of the user's in all the ways to write them: read from their source, and really run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.compiler.lower import module_contents

pytestmark = pytest.mark.tfx
PROJECT = Path(__file__).parent / "own_components"


class Ran:
    """A run of the whole pipeline: how its nodes ended, and what they made."""

    def __init__(self, folder: Path, results: Mapping[str, Any]) -> None:
        self.folder, self.results = folder, results

    def output(self, node: str, key: str) -> Path:
        """Returns the folder of an output."""
        (found,) = (self.folder / "runs" / node / key).iterdir()
        return found

    def given(self, node: str, key: str) -> dict[str, Any]:
        """Returns the properties that a node's executor was given."""
        properties: dict[str, Any] = json.loads((self.output(node, key) / "given.json").read_text())
        return {name: value for name, value in properties.items() if not name.startswith("__tfxc_")}


@pytest.fixture(scope="module")
def ran(launcher: Any, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("own") / "project"
    shutil.copytree(PROJECT, folder)
    (folder / "schema.pbtxt").write_text('feature { name: "x" }\n')
    (folder / "data").mkdir()
    (folder / "data/words.csv").write_text("word,n\n" + "".join(f"w{n},{n}\n" for n in range(20)))
    checked = check(folder / "pipeline.yaml")
    assert [each.message for each in checked.diagnostics] == []
    assert checked.plan is not None
    for path, content in module_contents(checked.plan, folder).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    for name in (
        "classes.py",
        "parts",
        "schemas",
        "training",
        "utils",
        "words",
    ):  # what travels is enough
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    return Ran(folder, launcher.open(checked.plan, folder).all())


def test_all_of_them_run(ran: Ran) -> None:
    assert {node: result.error or result.state for node, result in ran.results.items()} == dict.fromkeys(
        ran.results, "succeeded"
    )


def test_what_constructors_make_of_their_arguments(ran: Ran) -> None:
    assert ran.given("sample", "kept") == {"mode": 2, "splits": '["train"]'}
    assert ran.given("card", "card") == {"title": "plain"}
    assert ran.given("driven", "card") == {"title": "driven"}


def test_classes_that_extend_tfxs(ran: Ran) -> None:
    query = ran.given("query", "examples")
    assert "SELECT * FROM words" in query["input_config"]
    assert json.loads(query["output_config"])["split_config"]["splits"][0]["name"] == "all"
    assert ran.given("schema", "schema")["schema_file"] == "schema.pbtxt"
    assert ran.given("loud", "pushed_model")["room"] == "hall"
    for node in ("loud", "quiet"):
        assert "out" in ran.given(node, "pushed_model")["push_destination"]
    assert sorted(path.name for path in ran.output("small", "examples").iterdir()) == [
        "Split-one",
        "Split-other",
    ]


def test_a_function_of_a_package_beside_the_spec(ran: Ran) -> None:
    assert [path.read_text() for path in ran.output("trainer", "model").rglob("made_by_run_fn")] == ["1"]


def test_functions_of_all_kinds(ran: Ran) -> None:
    assert ran.given("count", "made") == {"words": ["ant", "bee", "crocodile"]}
    assert ran.given("sum", "made") == {"many": 2, "lines": 3, "total": 1, "beam": True}
    assert ran.given("dynamic", "made") == {"rate": 1.0, "type": "Dataset"}
    assert ran.given("again", "made")["many"] == 1  # by a resolver strategy of one's own
    assert ran.given("late", "made") == {"file": "words.py"}


def test_an_exit_handler_is_told_what_became_of_the_run(ran: Ran, launcher: Any, tmp_path: Path) -> None:
    assert ran.given("tell", "made")["state"] == "SUCCEEDED"
    shutil.copytree(PROJECT, tmp_path / "project")
    (tmp_path / "project/pipeline.yaml").write_text(
        "version: 1\nname: failing\non_exit: tell\ncomponents:\n"
        "  fail: {type: 'schemas.steps:Fail'}\n  tell: {type: 'schemas.steps:Tell'}\n"
    )
    plan = check(tmp_path / "project/pipeline.yaml").plan
    failing = Ran(tmp_path / "project", launcher.open(plan, tmp_path / "project").all())
    status = failing.given("tell", "made")
    assert (status["state"], status["error"]["message"]) == ("FAILED", "`fail` failed.")
    assert status["pipelineJobResourceName"].startswith("failing/")


def test_packages_of_one_name_do_not_mix(ran: Ran, launcher: Any, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "schemas", tmp_path / "schemas")
    shutil.copytree(PROJECT / "parts", tmp_path / "parts")
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils/words.py").write_text("def count(words, least):\n    return -1\n")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/one.txt").write_text("other")
    (tmp_path / "pipeline.yaml").write_text(
        "version: 1\nname: other\ncomponents:\n"
        "  count: {type: 'schemas.steps:Count', module_data: [words]}\n"
        "  check: {type: 'schemas.steps:Count', module_data: [words], when: count.total.value == -1}\n"
    )
    checked = check(tmp_path / "pipeline.yaml")
    assert [each.message for each in checked.diagnostics] == []
    results = launcher.open(checked.plan, tmp_path).all()
    assert {node: result.error or result.state for node, result in results.items()} == {
        "count": "succeeded",
        "check": "succeeded",
    }
    assert ran.results["count"].state == "succeeded"
