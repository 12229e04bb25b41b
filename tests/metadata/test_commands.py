"""`tfxc runs …` and `tfxc lineage`, as a user types them, over a store that ml_metadata has written."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.summaries import (
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    RunSummary,
    StatisticsSummary,
)
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.compiler.bundle import read_modules
from tfxc.compiler.cli import run
from tfxc.compiler.driver import check
from tfxc.schemas.plan import Plan

SPEC = """\
version: 1
name: birds
parameters:
  steps: {type: int, default: 10}
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  trainer:
    type: Trainer
    examples: example_gen.examples
    module_file: model.py
    train_args: {num_steps: "{{ parameters.steps }}"}
"""
MODULE = "def run_fn(fn_args):\n    pass\n"
END = {"event": "run_finished", "state": "succeeded"}

Command = Callable[..., str]


@pytest.fixture
def here(store: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Writes the spec, and works in its folder."""
    (store.folder / "pipeline.yaml").write_text(SPEC)
    (store.folder / "model.py").write_text(MODULE)
    monkeypatch.chdir(store.folder)
    monkeypatch.setenv("COLUMNS", "200")
    folder: Path = store.folder
    return folder


@pytest.fixture
def command(here: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Returns a function that runs a command line in the spec's folder, and gives what it printed."""

    def typed(*arguments: str, code: int = 0) -> str:
        assert run(arguments) == code
        printed = capsys.readouterr()
        if code == 0:
            assert printed.err == ""
            return printed.out
        return printed.err

    return typed


def made(store: Any, run_id: str, fingerprint: str = "a", **properties: Any) -> dict[str, int]:
    """Puts a run of both nodes that is only in the store."""
    artifacts = store.node(
        run_id,
        "example_gen",
        "CsvExampleGen",
        {"examples": "Examples"},
        properties={"examples": {"input_fingerprint": fingerprint, "span": 0}},
    )
    inputs = {"examples": [artifacts["examples"]]}
    number = store.execution(run_id, "trainer", "Trainer", inputs=inputs, **properties)
    model = store.artifact("Model", f"runs/trainer/model/{number}")
    store.execution(run_id, "trainer", "Trainer", inputs=inputs, outputs={"model": [model]}, **properties)
    return {**artifacts, "model": model}


def local(
    store: Any, run_id: str, accuracy: float, mean: float, steps: int = 10, module: str = MODULE
) -> None:
    """Gives a run a folder with all that a run leaves in it."""
    folder = store.run_folder(run_id, [END], plan=plan_of_spec(store), parameters={"steps": steps})
    (folder.modules / "0").mkdir(parents=True)
    (folder.modules / "0" / "model.py").write_text(module)
    evaluation = EvaluationSummary(
        node="evaluator",
        blessed=True,
        metrics=(
            Metric(slice="Overall", name="accuracy", value=accuracy),
            Metric(slice="sex:male", name="accuracy", value=accuracy / 2),
            Metric(slice="Overall", name="example_count", value=100.0),
        ),
    )
    feature = FeatureStatistics(
        name="mass", type="FLOAT", count=100, missing=0, mean=mean, std_dev=2.0, top=()
    )
    statistics = StatisticsSummary(
        node="statistics_gen", output="statistics", split="train", examples=100, features=(feature,)
    )
    summary = RunSummary(evaluations=(evaluation,), statistics=(statistics,))
    folder.summary.write_text(json.dumps({"run_id": run_id, **summary.model_dump(mode="json")}))


def plan_of_spec(store: Any) -> Plan:
    checked = check(store.folder / "pipeline.yaml", None, ())
    assert checked.plan is not None
    assert read_modules(checked.plan, store.folder)
    return checked.plan


def test_the_list_has_the_latest_first(command: Command, store: Any) -> None:
    made(store, "one")
    local(store, "one", 0.5, 4.0)
    made(store, "two")
    local(store, "two", 0.75, 4.0, steps=20)
    title, _, head, *rows = command("runs").splitlines()
    assert title == "birds"
    assert head.split() == ["Run", "State", "Began", "Time", "Metrics", "Parameters"]
    assert [row.split()[0] for row in rows] == ["two", "one"]
    assert rows[0].endswith("accuracy 0.7500  steps=20")
    assert rows[1].endswith("accuracy 0.5000")
    assert command("runs", "pipeline.yaml", "-n", "1").endswith("and 1 more: --limit 0 shows all\n")


def test_the_list_as_json(command: Command, store: Any) -> None:
    made(store, "mlmd")
    store.execution("mlmd", "pusher", "Pusher")
    found = json.loads(command("runs", "--json"))
    assert (found["format"], found["pipeline"]) == ("tfxc.runs/1", "birds")
    (only,) = found["runs"]
    assert (only["id"], only["state"], only["parameters"], only["folder"]) == (
        "mlmd",
        "succeeded",
        None,
        None,
    )
    assert (only["blessed"], only["pushed"], only["cached"]) == (None, "no", 0)


def test_before_the_first_run(command: Command) -> None:
    assert command("runs").startswith("there are no runs of birds yet")
    assert json.loads(command("runs", "--json"))["runs"] == []
    assert "there are no runs" in command("runs", "show", code=2)


def test_a_page_of_a_run(command: Command, store: Any) -> None:
    artifacts = made(store, "one")
    local(store, "one", 0.5, 4.0)
    page = command("runs", "show", "o")
    assert "birds  run one  succeeded" in page
    assert "parameters: steps=10" in page
    assert f"examples: {artifacts['examples']}" in page
    assert "evaluator: the model is blessed" in page
    found = json.loads(command("runs", "show", "latest", "--json"))
    assert [node["node"] for node in found["nodes"]] == ["example_gen", "trainer"]
    assert found["nodes"][1]["inputs"]["examples"][0]["id"] == artifacts["examples"]


def test_what_two_runs_differ_in(command: Command, store: Any) -> None:
    made(store, "one", "a", __tfxc_module_sha256__="aaaa")
    local(store, "one", 0.5, 4.0)
    made(store, "two", "b", __tfxc_module_sha256__="bbbb")
    (store.folder / "pipeline.yaml").write_text(SPEC.replace("data}", "other}"))
    local(store, "two", 0.75, 4.5, steps=20, module=MODULE + "# more\n")
    text = " ".join(command("runs", "compare", "one", "two").split())
    for said in (
        "steps 10 20",
        "example_gen.arguments.input_base.value.$path data other",
        "trainer aaaa bbbb",
        "files in two: model.py (+1 −0)",
        "example_gen.examples input_fingerprint a b",
        "sex:male accuracy 0.2500 0.3750 +0.125",
        "statistics_gen.statistics train mass mean 4 → 4.5",
    ):
        assert said in text
    found = json.loads(command("runs", "compare", "one", "two", "--json"))
    assert found["parameters"] == [{"name": "steps", "values": {"one": 10, "two": 20}}]
    assert found["drift"]["two"][0]["change"] == "mean 4 → 4.5"
    assert found["files"] == {"two": [{"file": "model.py", "added": 1, "removed": 0}]}


def test_runs_of_the_store_alone_are_compared_by_what_their_nodes_were_given(
    command: Command, store: Any
) -> None:
    made(store, "one", train_args="10")
    made(store, "two", train_args="20")
    text = " ".join(command("runs", "compare", "one", "two").split())
    assert "trainer.train_args 10 20" in text
    assert "the same data" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["runs", "compare", "one"], "name two runs to compare"),
        (["runs", "compare", "one", "o"], "a run is named twice"),
        (["runs", "compare", "one", "three"], "there is no run `three`"),
        (["runs", "show", "x"], "there is no run `x`"),
        (["runs", "logs", "one", "traner"], "did you mean `trainer`?"),
        (["runs", "clean"], "Missing option '--keep'"),
        (["runs", "clean", "--keep", "0"], "give --yes, or --dry-run"),
        (["runs", "clean", "--keep", "0", "--older-than", "soon"], "--older-than: `soon` is not a duration"),
        (["runs", "missing.yaml"], "missing.yaml"),
        (["lineage", "999"], "there is no artifact 999"),
        (["lineage", "trainer.modl"], "it has model"),
        (["lineage", "nowhere/at/all"], "is no artifact that the metadata store"),
        (["lineage", "1", "--json", "-f", "dot"], "exclude each other"),
    ],
)
def test_wrong_use_is_one_sentence(command: Command, store: Any, arguments: list[str], sentence: str) -> None:
    made(store, "one")
    assert sentence in command(*arguments, code=2)


def test_a_folder_without_a_spec(command: Command, store: Any) -> None:
    (store.folder / "pipeline.yaml").unlink()
    assert command("runs", code=2) == "error: there is no pipeline.yaml here: name the spec\n"


def test_a_spec_with_errors_is_told_of(command: Command, store: Any) -> None:
    (store.folder / "pipeline.yaml").write_text(SPEC.replace("input_base", "input_bse"))
    assert "did you mean `input_base`?" in command("runs", code=1)


def test_logs(here: Path, store: Any, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    made(store, "elsewhere")
    folder = store.run_folder("one", [started(1), started(2), {**END, "state": "failed"}])
    (folder.logs / "trainer.1.log").write_bytes(b"first \xff\n")
    (folder.logs / "trainer.2.log").write_bytes(b"second\n")
    for more, printed in (([], b"second\n"), (["--attempt", "1"], b"first \xff\n"), (["-f"], b"second\n")):
        assert run(["runs", "logs", "one", "trainer", *more]) == 0
        assert capfdbinary.readouterr().out == printed
    assert run(["runs", "logs", "one", "trainer", "--json"]) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert [Path(each).read_bytes() for each in told["logs"]] == [b"first \xff\n", b"second\n"]
    assert run(["runs", "logs", "one", "trainer", "--json", "-f"]) == 2
    assert run(["runs", "logs", "one", "trainer", "--attempt", "3"]) == 2
    assert run(["runs", "logs", "elsewhere", "trainer"]) == 1
    assert b"has no folder on this machine" in capfdbinary.readouterr().err


def started(attempt: int) -> dict[str, Any]:
    return {"event": "node_started", "node": "trainer", "attempt": attempt, "log": f"trainer.{attempt}.log"}


def test_logs_are_followed_through_retries_until_the_node_is_over(
    here: Path, store: Any, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfxc.compiler.commands.runs.logs._PAUSE", 0.03)
    folder = store.run_folder("one", [started(1)], hold=True)
    (folder.logs / "trainer.1.log").write_bytes(b"one ")
    writer = threading.Thread(target=_go_on, args=(folder,))
    writer.start()
    assert run(["runs", "logs", "latest", "trainer", "-f"]) == 0
    writer.join()
    assert capfdbinary.readouterr().out == b"one two three "


def _go_on(folder: RunFolder) -> None:
    time.sleep(0.15)
    with (folder.logs / "trainer.1.log").open("ab") as log:
        log.write(b"two ")
    retrying = {"event": "node_retrying", "node": "trainer"}
    _emit(folder, retrying, started(2))
    (folder.logs / "trainer.2.log").write_bytes(b"three ")
    time.sleep(0.15)
    _emit(folder, {"event": "node_finished", "node": "trainer", "state": "succeeded"})


def _emit(folder: RunFolder, *events: dict[str, Any]) -> None:
    with folder.events.open("a") as file:
        file.writelines(json.dumps({"time": "2026-01-31T11:00:00Z", **event}) + "\n" for event in events)


def test_cleaning_says_what_it_frees(command: Command, store: Any) -> None:
    artifacts = made(store, "one")
    made(store, "two")
    told = command("runs", "clean", "--keep", "1", "--dry-run")
    assert "would be removed: 1 run with 1 output, 10 bytes" in told
    assert "stays: 1 output is not recorded as tfxc's" in told
    done = json.loads(command("runs", "clean", "--keep", "1", "--yes", "--json"))
    assert (done["runs"], done["bytes"]) == (["one"], 10)
    assert [each["id"] for each in done["artifacts"]] == [artifacts["examples"]]
    assert command("runs", "clean", "--keep", "1").startswith("there is nothing to remove")
    assert "one" not in command("runs")
    assert "one" in command("runs", "--cleaned")


def test_lineage_in_both_directions_by_every_name(command: Command, store: Any) -> None:
    artifacts = made(store, "one")
    tree = command("lineage", "trainer.model")
    assert tree.startswith(f"Model {artifacts['model']}  runs/trainer/model/")
    assert f"└─ examples: Examples {artifacts['examples']}  by example_gen in run one" in tree
    assert tree.endswith("nothing came of it yet\n")
    (folder,) = Path("runs/example_gen/examples").iterdir()
    for name in (str(artifacts["examples"]), str(folder), str(folder / "content"), "example_gen.examples"):
        below = command("lineage", name)
        assert f"trainer.model: Model {artifacts['model']}  in run one" in below
    found = json.loads(command("lineage", "example_gen.examples", "--json"))
    assert [step["execution"]["node"] for step in found["before"]] == ["example_gen"]
    assert [step["execution"]["node"] for step in found["after"]] == ["trainer", "trainer"]
    conditional = {"_trainer.model": [artifacts["model"]], "examples": [artifacts["examples"]]}
    store.execution(
        "one",
        "pusher",
        "Pusher",
        inputs=conditional,
        outputs={"pushed_model": [pushed := store.artifact("PushedModel", "runs/pusher/1")]},
    )
    assert f"when trainer.model: Model {artifacts['model']}" in command("lineage", str(pushed))
    assert "when trainer.model" in command("lineage", str(pushed), "-f", "dot")


def test_lineage_as_graphs_with_what_is_untrusted_escaped(command: Command, store: Any) -> None:
    store.node('a"]<b>', "example_gen", "CsvExampleGen", {"examples": "Examples"})
    mermaid = command("lineage", "1", "-f", "mermaid")
    assert mermaid.startswith("flowchart LR\n")
    assert "#lt;b#gt;" in mermaid
    dot = command("lineage", "1", "-f", "dot")
    assert r"example_gen\na\"]<b>" in dot


def test_control_characters_from_the_store_are_not_printed(command: Command, store: Any) -> None:
    store.node("evil\x1b[2J", "example_gen", "CsvExampleGen", {"examples": "Examples"})
    for arguments in (["runs"], ["runs", "show"], ["lineage", "1"]):
        assert "\x1b" not in command(*arguments)
