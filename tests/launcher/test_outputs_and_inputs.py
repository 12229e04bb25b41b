"""What is cached is what is there: files of outputs that are gone, and of inputs that have changed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import ImporterComponent, PlanArgument, PlanNode

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def two_nodes(plans: Any, project: Path) -> Any:
    return plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("copy", "Copy", inputs={"source": plans.channel("make.made", "Dataset")}, outputs=DATASET),
    )


def states(results: dict[str, Any]) -> str:
    return " ".join(result.state for result in results.values())


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def cut(folder: Path) -> None:
    (folder / "text").write_text("m")


def replace_by_nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("damage", [empty, cut, replace_by_nothing])
def test_outputs_whose_files_are_not_what_they_were_are_made_again(
    launcher: Any, plans: Any, project: Path, damage: Callable[[Path], None]
) -> None:
    plan = two_nodes(plans, project)
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    (made,) = (project / "runs/make/made").iterdir()
    damage(made)
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    assert states(launcher.open(plan, project).all()) == "cached cached"


def test_a_file_that_somebody_has_added_changes_nothing(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    (made,) = (project / "runs/make/made").iterdir()
    (made / ".note").write_text("looked at")
    assert states(launcher.open(plan, project).all()) == "cached cached"


def test_a_run_that_goes_on_makes_again_what_is_gone(launcher: Any, plans: Any, project: Path) -> None:
    run = launcher.open(two_nodes(plans, project), project)
    assert states(run.all()) == "succeeded succeeded"
    (made,) = (project / "runs/make/made").iterdir()
    empty(made)
    assert states(run.all()) == "succeeded cached"


def test_a_partial_run_does_not_take_over_what_is_gone(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    (made,) = (project / "runs/make/made").iterdir()
    empty(made)
    error = launcher.try_open(plan, project, nodes=("copy",))
    assert error.message == (
        "`copy` reads the outputs of `make`, whose files are gone: `tfxc run` with `--to copy` makes "
        "them, and all that they need."
    )


def test_internal_properties_are_not_shown(launcher: Any, plans: Any, project: Path) -> None:
    result = launcher.open(two_nodes(plans, project), project).node("make")
    assert not [name for name in result.artifacts[0].properties if name.startswith("__")]


SCHEMA = 'feature { name: "a" type: INT }\n'


def with_schema(plans: Any, project: Path) -> Any:
    node = plans.standard(
        "schema",
        "schema_gen.import_schema_gen",
        "ImportSchemaGen",
        arguments={"schema_file": plans.value({"$path": "schema.pbtxt"})},
        outputs={"schema": "Schema"},
    )
    return plans.plan_of(project, node)


def with_importer(plans: Any, project: Path) -> Any:
    arguments = {
        "source_uri": plans.value({"$path": "words"}),
        "artifact_type": PlanArgument(kind="artifact_type", value="Dataset"),
    }
    node = PlanNode(
        id="words", component=ImporterComponent(), arguments=arguments, outputs={"result": "Dataset"}
    )
    reader = plans.step(
        "read", "Look", inputs={"source": plans.channel("words.result", "Dataset")}, outputs=DATASET
    )
    return plans.plan_of(project, node, reader)


def test_an_edited_schema_file_is_imported_again(launcher: Any, plans: Any, project: Path) -> None:
    (project / "schema.pbtxt").write_text(SCHEMA)
    plan = with_schema(plans, project)
    assert states(launcher.open(plan, project).all()) == "succeeded"
    assert states(launcher.open(plan, project).all()) == "cached"
    (project / "schema.pbtxt").write_text(SCHEMA.replace("INT", "FLOAT"))
    assert states(launcher.open(plan, project).all()) == "succeeded"
    (project / "schema.pbtxt").write_text(SCHEMA)
    assert states(launcher.open(plan, project).all()) == "cached"


def test_an_imported_folder_that_has_changed_is_another_artifact(
    launcher: Any, plans: Any, project: Path
) -> None:
    (project / "words").mkdir()
    (project / "words/one").write_text("1")
    plan = with_importer(plans, project)
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    assert states(launcher.open(plan, project).all()) == "cached cached"
    (project / "words/one").write_text("2")
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    (project / "words/two").write_text("")
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"


def test_what_another_line_of_tfx_has_made_is_made_again(launcher: Any, plans: Any, project: Path) -> None:
    plan = two_nodes(plans, project)
    launcher.open(plan, project).all()
    with closing(sqlite3.connect(project / "runs/metadata.sqlite")) as store:
        store.execute("UPDATE ArtifactProperty SET string_value = '1.0.0' WHERE name = 'tfx_version'")
        store.commit()
    assert states(launcher.open(plan, project).all()) == "succeeded succeeded"
    assert states(launcher.open(plan, project).all()) == "cached cached"
