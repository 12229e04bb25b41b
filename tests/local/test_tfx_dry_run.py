"""`tfxc run --dry-run` against the run that follows it: they agree, and the dry one writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
SPEC = """\
version: 1
name: dry
parameters:
  times: {type: int, default: 2}
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen:
    type: CsvExampleGen
    input_base: data
    input_config: {splits: [{name: all, pattern: "span-{SPAN}/*.csv"}]}
    output_config: {split_config: {splits: [{name: train, hash_buckets: 2}, {name: eval, hash_buckets: 1}]}}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  validator: {type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema_gen.schema}
  latest: {type: Resolver, strategy_class: LatestArtifactStrategy, schema: {artifact_type: Schema}}
  count: {type: "steps:Count", schema: schema_gen.schema, times: "{{ parameters.times }}"}
  tell: {type: "steps:Tell", word: "{{ count.total.value }}", when: validator.anomalies.passed}
  always: {type: "steps:Tell", word: 1, execution: {cache: false}}
"""
STEPS = """\
from tfx import v1 as tfx
from tfx.dsl.component.experimental.decorators import component


@component
def Count(
    schema: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Schema],
    times: tfx.dsl.components.Parameter[int],
) -> tfx.dsl.components.OutputDict(total=int):
    return {"total": 3 * times}


@component
def Tell(word: tfx.dsl.components.Parameter[int]) -> tfx.dsl.components.OutputDict(told=int):
    return {"told": word}
"""
NODES = ["example_gen", "statistics_gen", "schema_gen", "validator", "latest", "count", "tell", "always"]
STATES = {"cached": "cached", "runs": "succeeded", "skipped": "skipped"}


class Project:
    """A pipeline in a folder, and the two ways to ask for a run of it."""

    def __init__(self, folder: Path, runtime: Any) -> None:
        self.folder, self.runtime = folder, runtime
        (folder / "data/span-1").mkdir(parents=True)
        self.csv = folder / "data/span-1/rows.csv"
        self.csv.write_text("a,b\n" + "".join(f"{row},{row % 3}\n" for row in range(60)))
        (folder / "steps.py").write_text(STEPS)
        (folder / "pipeline.yaml").write_text(SPEC)

    def tfxc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*TFXC, "run", "pipeline.yaml", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={
                **os.environ,
                "XDG_RUNTIME_DIR": str(self.runtime.path),
                "TFXC_STANDBY_IDLE": "120",
            },
        )

    def dry(self, *arguments: str) -> dict[str, Any]:
        """Returns node → what the dry run says, having looked that it wrote nothing."""
        before = self.files()
        done = self.tfxc("--dry-run", "--json", *arguments)
        assert done.stdout, done.stderr
        assert self.files() == before
        told = json.loads(done.stdout)
        assert [each["node"] for each in told["nodes"]] == NODES
        return {each["node"]: each for each in told["nodes"]}

    def files(self) -> dict[str, tuple[int, int]]:
        return {
            str(path.relative_to(self.folder)): (path.stat().st_size, path.stat().st_mtime_ns)
            for path in self.folder.rglob("*")
            if "__pycache__" not in path.parts
        }

    def compared(self, *arguments: str) -> dict[str, Any]:
        """Asks what a run would do, lets it be done, and holds the answer to it."""
        dry = self.dry(*arguments)
        done = self.tfxc("--json", *arguments)
        assert done.stdout, done.stderr
        for node in json.loads(done.stdout)["nodes"]:
            expected = dry[node["node"]]["state"]
            if expected != "unknown":
                assert STATES[expected] == node["state"], (node["node"], dry[node["node"]])
        return dry


@pytest.fixture(scope="module")
def project(runtime_folder: Any, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The pipeline after its first run, which a dry one came before."""
    made = Project(tmp_path_factory.mktemp("dry") / "project", runtime_folder)
    dry = made.compared()
    assert dry["example_gen"]["reasons"] == ["no run of it has succeeded yet"]
    assert (dry["validator"]["state"], dry["tell"]["state"]) == ("runs", "unknown")
    assert dry["tell"]["until"] == ["validator"]
    return made


def copied(project: Project, folder: Path) -> Project:
    """Returns a copy that may be changed: a project can be moved with its runs."""
    shutil.copytree(project.folder, folder, copy_function=shutil.copy2)
    copy = object.__new__(Project)
    copy.folder, copy.csv, copy.runtime = folder, folder / "data/span-1/rows.csv", project.runtime
    return copy


def states(dry: dict[str, Any]) -> dict[str, str]:
    return {node: each["state"] for node, each in dry.items()}


CACHED = dict.fromkeys(NODES, "cached") | {"latest": "runs", "always": "runs"}


def test_nothing_has_changed(project: Project, tmp_path: Path) -> None:
    copy = copied(project, tmp_path / "copy")
    dry = copy.compared()
    assert states(dry) == CACHED
    assert dry["count"]["reasons"] == [f"from run {dry['count']['earlier_run']}"]
    assert dry["always"]["reasons"] == ["its `execution.cache` is false"]
    assert dry["latest"]["reasons"] == ["it looks for artifacts in every run"]
    everything = copy.dry("--no-cache")
    assert {node for node, state in states(everything).items() if state != "runs"} == {"tell"}
    some = copy.compared("--only", "count")
    assert {node for node, each in some.items() if each["selected"]} == {"count"}
    assert some["tell"]["reasons"] == ["it is not selected"]


def test_an_edited_module_and_an_argument(project: Project, tmp_path: Path) -> None:
    copy = copied(project, tmp_path / "copy")
    asked = copy.dry("-P", "times=5")
    assert asked["count"]["reasons"] == ["times: 2 → 5"]
    # What is made of the value that `count` puts out is known when it has run.
    assert asked["tell"]["state"] == "unknown"
    copy.compared("-P", "times=5")
    (copy.folder / "steps.py").write_text(STEPS.replace("3 * times", "4 * times"))
    dry = copy.compared()
    assert dry["count"]["reasons"] == ["its code has changed: steps.py"] or dry["count"]["reasons"] == [
        "its code has changed: steps.py",
        "times: 5 → 2",
    ]
    assert (dry["schema_gen"]["state"], dry["count"]["state"]) == ("cached", "runs")


def test_a_row_is_appended_and_a_span_comes(project: Project, tmp_path: Path) -> None:
    copy = copied(project, tmp_path / "copy")
    with copy.csv.open("a") as file:
        file.write("7,1\n")
    dry = copy.compared()
    (reason,) = dry["example_gen"]["reasons"]
    assert reason.startswith("the data of `all` have changed: ")
    assert dry["statistics_gen"]["reasons"] == ["`examples` is new: `example_gen` runs"]
    (copy.folder / "data/span-2").mkdir()
    (copy.folder / "data/span-2/rows.csv").write_text(copy.csv.read_text())
    dry = copy.compared()
    assert "its data are of span 2, before 1" in dry["example_gen"]["reasons"]


def test_outputs_are_deleted(project: Project, tmp_path: Path) -> None:
    copy = copied(project, tmp_path / "copy")
    shutil.rmtree(copy.folder / "runs/schema_gen/schema")
    dry = copy.compared()
    assert states(dry)["statistics_gen"] == "cached"
    (reason,) = dry["schema_gen"]["reasons"]
    assert reason.startswith("its outputs in the cache are not used: ")
    assert dry["count"]["new_inputs"] == {"schema": "schema_gen"}


def test_what_cannot_run_is_told(project: Project, tmp_path: Path) -> None:
    copy = copied(project, tmp_path / "copy")
    shutil.rmtree(copy.folder / "data")
    done = copy.tfxc("--dry-run")
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.split()[:1] == ["example_gen"]]
    assert line.split()[1] == "fails"
    assert "not run" in done.stdout
