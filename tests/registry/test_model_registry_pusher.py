"""A pipeline that registers its model in a real MLflow server: once, whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.registry.base import open_registry, resolve, verified_download

pytestmark = [pytest.mark.registry, pytest.mark.tfx]

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-that-nobody-may-see"
REGISTER = """
  register:
    type: ModelRegistryPusher
    model: trainer.model
    model_blessing: evaluator.blessing
    evaluation: evaluator.evaluation
    schema: schema_gen.schema
    examples: transform.transformed_examples
    registry: {mlflow: {tracking_uri: "{{ env.REGISTRY }}", experiment: penguin}}
    model_name: penguin
    tags: {team: birds}
    execution: {env: {MLFLOW_TRACKING_TOKEN: "{{ env.REGISTRY_TOKEN }}"}}
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The penguins' pipeline with one more node."""
    folder = tmp_path_factory.mktemp("penguin") / "penguin"
    ignored = shutil.ignore_patterns("runs", "serving", "__pycache__")
    shutil.copytree(ROOT / "specs" / "penguin", folder, ignore=ignored)
    text = (folder / "pipeline.yaml").read_text()
    components, _, _ = text.partition("# Differences from all of the above")
    (folder / "pipeline.yaml").write_text(components + REGISTER)
    return folder / "pipeline.yaml"


Run = Callable[..., "tuple[int, str, dict[str, Any]]"]


@pytest.fixture
def run(spec: Path, mlflow_server: Any) -> Run:
    """Returns a function that runs the pipeline and gives its exit code, what it printed and its report."""

    def run_it(*options: str, registry: str = mlflow_server.uri) -> tuple[int, str, dict[str, Any]]:
        command = [
            sys.executable,
            "-c",
            "from tfxc.compiler.cli import main; main()",
            "run",
            str(spec),
            *options,
        ]
        variables = {**os.environ, "REGISTRY": registry, "REGISTRY_TOKEN": TOKEN}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=variables, cwd=spec.parent, timeout=600
        )
        newest = max(
            (spec.parent / "runs" / ".tfxc").glob("*/summary.json"), key=lambda path: path.stat().st_mtime
        )
        return done.returncode, done.stdout + done.stderr, json.loads(newest.read_text())

    return run_it


def state(report: dict[str, Any], node: str) -> str:
    return next(each["state"] for each in report["nodes"] if each["node"] == node)


def test_a_model_is_registered_once_whatever_happens(
    run: Run, spec: Path, mlflow_server: Any, tmp_path: Path
) -> None:
    # The registry is not there: everything else is.
    code, printed, report = run(registry="http://127.0.0.1:9")
    assert code == 1
    assert "the MLflow server at http://127.0.0.1:9 cannot be reached" in printed
    assert state(report, "evaluator") == "succeeded"
    registry = open_registry({"mlflow": {"tracking_uri": mlflow_server.uri}}, {})
    assert registry.models() == ()

    # It is there again.
    code, printed, report = run("--only", "register")
    assert code == 0, printed
    assert "registered the model as models:/penguin/1 (challenger)" in printed
    (push,) = report["pushes"]
    assert (push["pushed"], push["destination"], push["alias"]) == (True, "models:/penguin/1", "challenger")

    # Once more, by force: the version is found again.
    code, printed, _ = run("--only", "register", "--no-cache")
    assert code == 0, printed
    assert [each.version for each in registry.versions("penguin")] == ["1"]

    # Once more, from the cache: no registry is asked.
    code, printed, report = run("--only", "register")
    assert (code, state(report, "register")) == (0, "cached"), printed
    assert "had registered this model as models:/penguin/1 (challenger)" in printed

    version = resolve(registry, "models:/penguin@challenger")
    assert version.tags["team"] == "birds"
    assert version.tags["tfxc.pipeline"] == "penguin"
    assert version.tags["tfxc.tfx_version"]
    assert len(version.tags["tfxc.code_sha256"]) == 64
    signatures = json.loads(version.tags["tfxc.signatures"])
    assert signatures["serving_default"]["inputs"] == {"examples": {"dtype": "string", "shape": [-1]}}
    assert version.metrics["sparse_categorical_accuracy"] > 0.9
    assert version.parameters["train_steps"] == "200"
    store = sqlite3.connect(spec.parent / "runs" / "metadata.sqlite")
    for key, type_name in (("model", "Model"), ("examples", "Examples"), ("schema", "Schema")):
        ((found,),) = store.execute(
            "select Type.name from Artifact join Type on Type.id = type_id where Artifact.id = ?",
            [int(version.tags[f"mlmd.{key}_artifact_id"])],
        ).fetchall()
        assert found == type_name
    verified_download(registry, version, tmp_path / "model")
    assert (tmp_path / "model" / "saved_model.pb").is_file()

    # The token is nowhere.
    assert not any(TOKEN in line for line in store.iterdump())
    files = [path for path in (spec.parent / "runs").rglob("*") if path.is_file()]
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_model_that_is_not_blessed_is_not_registered(run: Run, mlflow_server: Any) -> None:
    code, printed, report = run("-P", "min_accuracy=1.0", "-P", "train_steps=1")
    assert code == 0, printed
    push = next(each for each in report["pushes"] if each["node"] == "register")
    assert (push["pushed"], push["reason"]) == (False, "`evaluator` did not bless the model")
    registry = open_registry({"mlflow": {"tracking_uri": mlflow_server.uri}}, {})
    assert [each.version for each in registry.versions("penguin")] == ["1"]


def test_an_address_with_a_password_is_refused_unseen(run: Run) -> None:
    code, printed, _ = run("--only", "register", registry="http://me:hidden@127.0.0.1:9")
    assert code == 1
    assert "`registry.mlflow.tracking_uri` cannot be used" in printed
    assert "hidden" not in printed
