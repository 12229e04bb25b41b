"""Code as people lay it out: packages of one's own, folders without ``__init__.py``, data beside modules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.schemas.plan import Plan, PlanNode

HEAD = """
version: 1
name: layout
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
"""
TRAINER = """
  trainer:
    type: Trainer
    examples: example_gen.examples
    schema: schema_gen.schema
    train_args: {num_steps: 1}
    eval_args: {num_steps: 1}
"""
RUN_FN = "def run_fn(fn_args):\n    pass\n"


class Project:
    """A folder with a spec of one Trainer and files of Python."""

    def __init__(self, folder: Path, code: str, **files: str) -> None:
        self.folder = folder
        self.spec = HEAD + TRAINER + "".join(f"    {line}\n" for line in code.splitlines())
        self.write({"pipeline.yaml": self.spec, **files})

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def messages(self) -> list[str]:
        return [each.message for each in check(self.folder / "pipeline.yaml").diagnostics]

    def plan(self) -> Plan:
        checked = check(self.folder / "pipeline.yaml")
        assert [each.message for each in checked.diagnostics if each.code != "W705"] == []
        assert checked.plan is not None
        return checked.plan

    def trainer(self) -> PlanNode:
        return self.plan().node("trainer")

    def key(self) -> str | None:
        plan = self.plan()
        return plan.code_sha256(plan.node("trainer"))


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return lambda code, files: Project(tmp_path, code, **files)


TEMPLATE = {
    "models/__init__.py": "",
    "models/features.py": "from models import names\n",
    "models/names.py": "",
    "models/keras/__init__.py": "",
    "models/keras/constants.py": "",
    "models/keras/model.py": "from models import features\nfrom models.keras import constants\n" + RUN_FN,
    "unrelated.py": "",
    "models/other.py": "",
}


@pytest.mark.parametrize("with_init", [True, False])
@pytest.mark.parametrize("code", ["run_fn: models.keras.model.run_fn", "module_file: models/keras/model.py"])
def test_a_package_of_ones_own_beside_the_spec(project: Any, code: str, with_init: bool) -> None:
    files = {name: text for name, text in TEMPLATE.items() if with_init or not name.endswith("__init__.py")}
    made = project(code, files)
    plan = made.plan()
    module = plan.node("trainer").module
    assert (module.folder, module.import_name) == (0, "models.keras.model")
    assert plan.modules[0].source == "."
    assert set(files) <= set(plan.modules[0].files)
    assert ("run_fn" in plan.node("trainer").arguments) == code.startswith("run_fn")


@pytest.mark.parametrize(
    ("changed", "runs_again"),
    [
        ("models/keras/model.py", True),
        ("models/features.py", True),
        ("models/names.py", True),
        ("models/__init__.py", True),
        ("models/other.py", False),
        ("unrelated.py", False),
    ],
)
def test_what_a_module_imports_is_in_its_key(project: Any, changed: str, runs_again: bool) -> None:
    made = project("run_fn: models.keras.model.run_fn", TEMPLATE)
    before = made.key()
    made.write({changed: TEMPLATE[changed] + "# edited\n"})
    assert (made.key() != before) is runs_again


@pytest.mark.parametrize(
    "line",
    [
        "import importlib\nimportlib.import_module('unrel' + 'ated')",
        "__import__('unrelated')",
        "NAME = 'unrelated'",
        "WHERE = 'unrelated.function'",
        "def inside():\n    import unrelated",
        "try:\n    from unrelated import *\nexcept ImportError:\n    pass",
    ],
)
def test_what_a_module_may_import_is_in_its_key_too(project: Any, line: str) -> None:
    made = project("module_file: model.py", {"model.py": f"{line}\n{RUN_FN}", "unrelated.py": ""})
    before = made.key()
    made.write({"unrelated.py": "# edited\n"})
    assert made.key() != before


def test_a_module_that_a_component_names_is_in_its_key(project: Any) -> None:
    made = project(
        "module_file: model.py\ncustom_config: {loss: losses.mine}",
        {"model.py": RUN_FN, "losses.py": "", "other.py": ""},
    )
    before = made.key()
    made.write({"other.py": "# edited\n"})
    assert made.key() == before
    made.write({"losses.py": "# edited\n"})
    assert made.key() != before


def test_relative_imports_without_an_init(project: Any) -> None:
    made = project(
        "module_file: code/models/model.py",
        {"code/models/model.py": "from . import features\n" + RUN_FN, "code/models/features.py": ""},
    )
    plan = made.plan()
    assert plan.node("trainer").module.import_name == "models.model"
    assert plan.modules[0].source == "code"
    assert plan.modules[0].files == ("models/features.py", "models/model.py")


def test_neighbours_are_found_in_the_modules_own_folder(project: Any) -> None:
    made = project(
        "module_file: models/model.py",
        {"models/model.py": "import features\n" + RUN_FN, "models/features.py": "", "features.py": ""},
    )
    plan = made.plan()
    assert plan.node("trainer").module.import_name == "model"
    assert plan.modules[0].files == ("features.py", "model.py")


def test_functions_beside_the_spec_are_looked_at(project: Any) -> None:
    made = project("run_fn: models.keras.model.run_fun", TEMPLATE)
    assert made.messages() == ["the module `models.keras.model` does not define `run_fun`"]
    made = project("run_fn: models.keras.modell.run_fn", TEMPLATE)
    assert made.messages() == [
        "there is no module `models.keras.modell` beside the spec, where its package is"
    ]
    made = project("run_fn: models.bad.run_fn", {**TEMPLATE, "models/bad.py": "def run_fn(): ...\n"})
    (message,) = made.messages()
    assert re.match(r"TFX calls `run_fn` with 1 argument, which the one in `models\.bad`", message)


def test_data_travels_with_the_code_that_reads_it(project: Any) -> None:
    files = {
        "model.py": RUN_FN,
        "vocab.txt": "a",
        "words/one.txt": "1",
        "words/two.txt": "2",
        "words/notes.md": "",
        "assets/deep/x.json": "{}",
        "assets/.hidden": "",
        "unnamed.txt": "",
    }
    made = project('module_file: model.py\nmodule_data: [vocab.txt, "words/*.txt", assets]', files)
    plan = made.plan()
    named = ("assets/deep/x.json", "model.py", "vocab.txt", "words/one.txt", "words/two.txt")
    assert plan.modules[0].files == named
    before = made.key()
    made.write({"unnamed.txt": "edited", "words/notes.md": "edited"})
    assert made.key() == before
    for edited in ("vocab.txt", "words/two.txt", "assets/deep/x.json"):
        made.write({edited: "edited"})
        assert made.key() != before
        before = made.key()
    made.write({"words/three.txt": "3"})
    assert made.key() != before


def test_data_of_one_component_is_not_in_the_key_of_another(project: Any) -> None:
    made = project(
        "module_file: model.py\nmodule_data: [vocab.txt]",
        {"model.py": RUN_FN + "def preprocessing_fn(inputs): ...\n", "vocab.txt": "a"},
    )
    transform = (
        "  transform: {type: Transform, examples: example_gen.examples, schema: schema_gen.schema, "
        "module_file: model.py}\n"
    )
    made.write({"pipeline.yaml": made.spec + transform})

    def key() -> str | None:
        plan = made.plan()
        return plan.code_sha256(plan.node("transform"))

    before = key()
    made.write({"vocab.txt": "b"})
    assert key() == before


def test_a_link_out_of_the_folder_is_no_data(project: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "key").write_text("secret")
    (tmp_path / "project").mkdir()
    (tmp_path / "project/vocab.txt").symlink_to("../outside/key")
    made = Project(
        tmp_path / "project",
        "module_file: model.py\nmodule_data: [vocab.txt]",
        **{"model.py": RUN_FN},
    )
    assert made.messages() == ["`vocab.txt`: `vocab.txt` is a link out of the module's folder"]


@pytest.mark.parametrize("name", ["schemas", "backends", "compiler", "models", "utils"])
def test_a_package_called_like_one_of_ours(project: Any, name: str) -> None:
    made = project(
        f"run_fn: {name}.model.run_fn",
        {f"{name}/model.py": f"from {name} import helper\n" + RUN_FN, f"{name}/helper.py": ""},
    )
    assert made.trainer().module.import_name == f"{name}.model"
    before = made.key()
    made.write({f"{name}/helper.py": "# edited\n"})
    assert made.key() != before
