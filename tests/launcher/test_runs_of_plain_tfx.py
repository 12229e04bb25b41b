"""A pipeline that was written in Python goes on as a spec: `tfx_name` and `tfx_id`."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx

HERE = Path(__file__).parent
TFXC = Path(sys.executable).with_name("tfxc")
FEATURES = """
def preprocessing_fn(inputs):
    return {"length": inputs["length"]}
"""
SPEC = """
version: 1
name: penguins
tfx_name: My Penguins
pipeline_root: runs
components:
  example_gen: {type: CsvExampleGen, tfx_id: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, tfx_id: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, tfx_id: SchemaGen, statistics: statistics_gen.statistics}
  earlier:
    type: Resolver
    strategy_class: LatestArtifactStrategy
    schema: {artifact_type: Schema, producer: schema_gen}
  transform:
    type: Transform
    tfx_id: Transform.penguins
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: features.py
  against_earlier:
    type: ExampleValidator
    statistics: statistics_gen.statistics
    schema: earlier.schema
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder in which plain TFX has run a pipeline, with a spec that goes on with it."""
    folder = tmp_path_factory.mktemp("penguins")
    (folder / "data").mkdir()
    rows = "".join(f"{number},{number % 3}\n" for number in range(30))
    (folder / "data" / "rows.csv").write_text(f"length,kind\n{rows}")
    (folder / "features.py").write_text(FEATURES)
    (folder / "pipeline.yaml").write_text(SPEC)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    program = [sys.executable, HERE / "plain_tfx_run.py", folder]
    done = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def states(folder: Path) -> dict[str, str]:
    """Runs the spec, and returns how each node ended."""
    done = subprocess.run(
        [TFXC, "run", folder / "pipeline.yaml", "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {node["node"]: node["state"] for node in json.loads(done.stdout)["nodes"]}


def stored(folder: Path) -> tuple[set[str], int]:
    """Returns the names of all contexts in the store, and how many artifacts it has."""
    with sqlite3.connect(folder / "runs" / "metadata.sqlite") as store:
        (artifacts,) = store.execute("SELECT count(*) FROM Artifact").fetchone()
        return {name for (name,) in store.execute("SELECT name FROM Context")}, artifacts


def test_what_plain_tfx_did_is_in_the_cache_and_found_by_resolvers(folder: Path) -> None:
    _, artifacts = stored(folder)
    assert states(folder) == {
        "example_gen": "cached",
        "statistics_gen": "cached",
        "schema_gen": "cached",
        "transform": "cached",
        "earlier": "succeeded",
        "against_earlier": "succeeded",
    }
    names, now = stored(folder)
    assert not [name for name in names if name.startswith("penguins")]
    assert "My Penguins.against_earlier" in names
    assert now == artifacts + 1  # the anomalies of `against_earlier`


def test_the_runs_of_plain_tfx_are_listed_under_the_ids_of_the_spec(folder: Path) -> None:
    listed = subprocess.run(
        [TFXC, "runs", folder / "pipeline.yaml", "--json"], capture_output=True, text=True, check=True
    )
    runs = [run["id"] for run in json.loads(listed.stdout)["runs"]]
    (of_tfx,) = (run for run in runs if re.match(r"\d{4}-\d\d-\d\dT", run))
    shown = subprocess.run(
        [TFXC, "runs", "show", of_tfx, "--spec", folder / "pipeline.yaml", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    nodes = {node["node"] for node in json.loads(shown.stdout)["nodes"]}
    assert nodes == {"example_gen", "statistics_gen", "schema_gen", "transform"}


def test_other_code_is_not_taken_for_what_plain_tfx_ran(folder: Path) -> None:
    module = folder / "features.py"
    module.write_text(FEATURES + "\n# another line\n")
    try:
        found = states(folder)
    finally:
        module.write_text(FEATURES)
    assert found["transform"] == "succeeded"
    assert found["example_gen"] == "cached"
