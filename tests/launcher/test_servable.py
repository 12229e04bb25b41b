"""Whether a server can serve a model: of models saved in all ways, and what follows for a Pusher."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.connection import Connection
from tfxc.backends.metadata.store import read_store

pytestmark = pytest.mark.tfx

MODULES = Path(__file__).parent / "modules"
SERVABLE, BROKEN, UNKNOWN = True, False, None
KERAS = "Under Keras 3 `tf.saved_model.save` of a model, or of a module that holds it, saves it so. Write "
VERDICTS = {
    "exported": (SERVABLE, ""),
    "examples": (SERVABLE, ""),
    "table": (SERVABLE, ""),
    "texts": (SERVABLE, ""),
    "keras": (BROKEN, "a call of its signature `serving_default` fails: there is no variable `"),
    "holder": (BROKEN, "a call of its signature `serving_default` fails: there is no variable `"),
    "no-asset": (BROKEN, "TensorFlow Serving cannot load it: assets/words.txt; No such file or directory."),
    "damaged-asset": (BROKEN, "TensorFlow Serving cannot load it: "),
    "no-variables": (BROKEN, "its variables are not there: variables/variables.index is missing."),
    "damaged-data": (BROKEN, "TensorFlow Serving cannot load it: "),
    "damaged-index": (BROKEN, "TensorFlow Serving cannot load it: "),
    "damaged-graph": (BROKEN, "TensorFlow Serving cannot load it: "),
    "no-tag": (BROKEN, "it has no graph with the tag `serve`, the one that TensorFlow Serving loads."),
    "no-signature": (BROKEN, "it has no signature that could be called: save it with `signatures=`."),
    "python": (BROKEN, "it calls Python code (tf.py_function or tf.numpy_function), which is not saved."),
    "own-operation": (
        UNKNOWN,
        "it uses the operation OperationOfMyOwn, which is not in TensorFlow itself.",
    ),
    "pictures": (UNKNOWN, "its signature `serving_default` does not take the values that tfxc made up: "),
    "no-model": (UNKNOWN, "it is no SavedModel."),
}
STEPS = """
    import shutil
    from pathlib import Path

    from tfx.dsl.component.experimental.annotations import OutputArtifact, Parameter
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.standard_artifacts import Model


    @component
    def Export(model: OutputArtifact[Model], source: Parameter[str]):
        shutil.copytree(source, Path(model.uri) / "Format-Serving")
"""


def python(program: str, *arguments: str) -> str:
    """Runs a program in an interpreter of its own and returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model for each way to save one."""
    folder = tmp_path_factory.mktemp("models")
    python((MODULES / "saved_models.py").read_text(), str(folder))
    return folder


@pytest.fixture(scope="module")
def verdicts(models: Path) -> dict[str, list[Any]]:
    """The name of each model → whether it can be served, and the reason."""
    program = (
        "import json, sys\n"
        "from dataclasses import astuple\n"
        "from tfxc.backends.launcher.node import servable\n"
        "root, names = sys.argv[1], sys.argv[2:]\n"
        "print(json.dumps({name: astuple(servable.examine(f'{root}/{name}')) for name in names}))"
    )
    found: dict[str, list[Any]] = json.loads(python(program, str(models), *VERDICTS).splitlines()[-1])
    return found


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_on_a_model(name: str, verdicts: dict[str, list[Any]], models: Path) -> None:
    servable, reason = verdicts[name]
    expected, beginning = VERDICTS[name]
    assert (servable, reason[: len(beginning)]) == (expected, beginning)
    assert bool(reason) == (servable is not True)
    assert str(models) not in reason
    assert "{{" not in reason


def test_a_keras_model_gets_what_to_write(verdicts: dict[str, list[Any]]) -> None:
    for name in ("keras", "holder"):
        assert f"{KERAS}`model.export(fn_args.serving_model_dir)`" in verdicts[name][1]


def test_what_happens_to_the_process_that_tries_a_model_is_no_verdict(models: Path) -> None:
    program = (
        "import sys\n"
        "from tfxc.backends.launcher.node import servable\n"
        "servable.TIMEOUT = 0.01\n"
        "print(servable.examine(sys.argv[1]))\n"
        "servable.python_command = lambda *words: ['/bin/sh', '-c', 'kill -SEGV $$']\n"
        "print(servable.examine(sys.argv[1]))\n"
        "servable.python_command = lambda *words: ['/no/such/python']\n"
        "print(servable.examine(sys.argv[1]))\n"
    )
    slow, crashed, absent = python(program, str(models / "exported")).splitlines()[-3:]
    assert "servable=None" in slow
    assert "took longer than" in slow
    assert "servable=None" in crashed
    assert "servable=None" in absent


def test_a_model_in_an_object_store_is_tried_too(models: Path) -> None:
    program = (
        "import sys\n"
        "from tfx.utils import io_utils\n"
        "from tfxc.backends.launcher.node import servable\n"
        "for name in sys.argv[2:]:\n"
        "    io_utils.copy_dir(f'{sys.argv[1]}/{name}', f'ram://models/{name}/Format-Serving')\n"
        "    print(servable.examine(f'ram://models/{name}').servable)\n"
    )
    assert python(program, str(models), "exported", "keras").split()[-2:] == ["True", "False"]


def pushing(plans: Any, project: Path, model: Path, export: Any = None, push: Any = None) -> Any:
    """Returns the Plan of a model that is exported and pushed, with the ``execution`` of both nodes."""
    plans.write(project, {"models.py": STEPS})
    destination = {"filesystem": {"base_directory": {"$path": "serving"}}}
    return plans.plan_of(
        project,
        plans.step(
            "export",
            "Export",
            module="models",
            outputs={"model": "Model"},
            arguments={"source": plans.value(str(model))},
            execution=export or plans.execution(),
        ),
        plans.standard(
            "push",
            "pusher",
            "Pusher",
            inputs={"model": plans.channel("export.model", "Model")},
            arguments={
                "push_destination": plans.message("tfx.components.pusher.PushDestination", destination)
            },
            outputs={"pushed_model": "PushedModel"},
            upstream=("export",),
            execution=push or plans.execution(),
        ),
    )


def ends(run: Any) -> SimpleNamespace:
    """Runs all nodes; returns their states, what is recorded with the model and what the summary says."""
    results = run.all()
    summary = run.summary()
    return SimpleNamespace(
        states=[result.state for result in results.values()],
        recorded=recorded(run, results["export"]),
        error=results["push"].error,
        models=[each.model_dump() for each in summary.models],
        pushes=summary.pushes,
    )


def recorded(run: Any, result: Any) -> dict[str, Any]:
    """Returns what is recorded in ML Metadata with the model of a node's result."""
    sqlite = {"filename_uri": str(run.folder / "runs" / "metadata.sqlite")}
    (model,) = result.artifacts
    stored = read_store(Connection("ConnectionConfig", {"sqlite": sqlite})).artifacts
    properties = next(each.custom_properties for each in stored if each.id == model.id)
    return {key: each for key, each in properties.items() if key.startswith("servable")}


def test_a_servable_model_is_pushed_and_said_to_be_one(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    plan = pushing(plans, project, models / "exported")
    first = ends(launcher.open(plan, project))
    assert first.states == ["succeeded", "succeeded"]
    assert first.recorded == {"servable": 1}
    assert first.models == [{"node": "export", "output": "model", "servable": True, "reason": ""}]
    again = ends(launcher.open(plan, project))
    assert (again.states, again.recorded, again.models) == (
        ["cached", "cached"],
        first.recorded,
        first.models,
    )


def test_a_model_that_no_server_can_serve_is_not_pushed(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    plan = pushing(plans, project, models / "keras")
    for state in ("succeeded", "cached"):
        end = ends(launcher.open(plan, project))
        assert end.states == [state, "failed"]
        assert end.recorded["servable"] == 0
        assert end.models[0]["servable"] is False
        assert KERAS in end.models[0]["reason"]
        assert end.error.message == (
            f"`push` does not push a model that cannot be served: {end.recorded['servable_reason']} To push "
            f"it all the same, write `execution: {{check_model: false}}` in `push`."
        )
        assert not (project / "serving").exists()
        assert (end.pushes[0].pushed, end.pushes[0].reason) == (False, "`push` failed")


@pytest.mark.parametrize("who", ["export", "push"])
def test_a_model_is_pushed_all_the_same_where_that_is_wanted(
    launcher: Any, plans: Any, project: Path, models: Path, who: str
) -> None:
    unchecked = {who: plans.execution(check_model=False)}
    end = ends(launcher.open(pushing(plans, project, models / "keras", **unchecked), project))
    assert end.states == ["succeeded", "succeeded"]
    assert len(list((project / "serving").glob("*/saved_model.pb"))) == 1
    assert ("servable" in end.recorded) == (who == "push")
    assert len(end.models) == (who == "push")


def test_a_model_without_a_verdict_is_tried_before_it_is_pushed(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    """The Trainer ran when it was not asked to look; now it is, and is cached."""
    unchecked = plans.execution(check_model=False)
    launcher.open(pushing(plans, project, models / "keras", unchecked), project).node("export")
    end = ends(launcher.open(pushing(plans, project, models / "keras"), project))
    assert end.states == ["cached", "failed"]
    assert "cannot be served" in end.error.message


def test_a_model_whose_examination_was_cut_off_gets_it_when_it_is_used_again(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    plan = pushing(plans, project, models / "keras")
    first = ends(launcher.open(plan, project))
    with closing(sqlite3.connect(project / "runs" / "metadata.sqlite")) as store, store:
        store.execute("DELETE FROM ArtifactProperty WHERE name LIKE 'servable%'")
    again = launcher.open(plan, project)
    result = again.node("export")
    assert (result.state, result.unexamined) == ("cached", True)
    assert "cannot be served" in again.node("push").error.message
    again.summary()
    assert recorded(again, result) == first.recorded


def test_a_run_that_is_stopped_waits_for_no_examination(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    """Nor does a Pusher that is stopped."""
    run = launcher.open(pushing(plans, project, models / "endless"), project)
    result = run.node("export")
    assert (result.state, result.unexamined) == ("succeeded", True)
    push = run.start("push")
    while not run.log("push").exists():
        time.sleep(0.05)
    time.sleep(1.0)
    launcher.cancel(push)
    assert launcher.finished(push).state == "cancelled"
    assert run.summary(at_once=True).models == ()
    assert recorded(run, result) == {}


def test_what_has_read_a_model_before_its_verdict_is_cached(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    """TFX's cache keys hold all that is recorded with an artifact."""
    plan = pushing(plans, project, models / "exported", push=plans.execution(check_model=False))
    for state in ("succeeded", "cached"):
        run = launcher.open(plan, project)
        assert [result.state for result in run.all().values()] == [state, state]
        assert [model.servable for model in run.summary().models] == [True]


def test_what_is_not_known_stands_in_no_ones_way(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    end = ends(launcher.open(pushing(plans, project, models / "no-model"), project))
    assert end.states == ["succeeded", "succeeded"]
    assert end.recorded == {"servable_reason": "it is no SavedModel."}
    assert (end.models[0]["servable"], end.models[0]["reason"]) == (None, "it is no SavedModel.")


def test_a_bulk_inferrer_says_which_shape_of_texts_it_reads(
    launcher: Any, plans: Any, project: Path, models: Path
) -> None:
    plans.write(project, {"data/words.csv": "word\nx\ny\nz\n"})
    export = pushing(plans, project, models / "texts").nodes[0]
    read = plans.standard(
        "read",
        "example_gen.csv_example_gen",
        "CsvExampleGen",
        arguments={"input_base": plans.value({"$path": "data"})},
        outputs={"examples": "Examples"},
    )
    infer = plans.standard(
        "infer",
        "bulk_inferrer",
        "BulkInferrer",
        inputs={
            "examples": plans.channel("read.examples", "Examples"),
            "model": plans.channel("export.model", "Model"),
        },
        outputs={"inference_result": "InferenceResult"},
        upstream=("read", "export"),
    )
    result = launcher.open(plans.plan_of(project, read, export, infer), project).all()["infer"]
    assert result.state == "failed"
    assert result.error.message == (
        "`infer` failed: a signature of the model gives texts of the shape [batch], and BulkInferrer reads "
        "none but of [batch, n]: give them one more dimension, as `texts[:, tf.newaxis]` does."
    )
