"""TFX's own published pipelines → IR → spec → IR: what comes out is what went in."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.import_messages import ImportAnswer, ImportRequest
from tfxc.compiler.driver import check
from tfxc.compiler.importing.document import document_of
from tfxc.compiler.importing.write import write_imported
from tfxc.compiler.importing.yaml_text import yaml_text

pytestmark = pytest.mark.tfx

EXAMPLES = (
    "examples/imdb/imdb_pipeline_native_keras.py",
    "examples/ranking/ranking_pipeline.py",
    "examples/mnist/mnist_pipeline_native_keras.py",
    "examples/penguin/penguin_pipeline_local.py",
    "examples/penguin/penguin_pipeline_local_infraval.py",
    "examples/penguin/penguin_pipeline_kubeflow.py",
    "examples/penguin/experimental/penguin_pipeline_sklearn_local.py",
    "examples/penguin/experimental/penguin_pipeline_sklearn_gcp.py",
    "examples/airflow_workshop/taxi/setup/dags/taxi_pipeline.py",
    "examples/bigquery_ml/taxi_pipeline_kubeflow_gcp_bqml.py",
    "examples/custom_components/hello_world/example/taxi_pipeline_hello.py",
    "examples/chicago_taxi_pipeline/taxi_pipeline_native_keras.py",
    "examples/chicago_taxi_pipeline/taxi_pipeline_simple.py",
    "examples/bert/mrpc/bert_mrpc_pipeline.py",
    "examples/bert/cola/bert_cola_pipeline.py",
    "experimental/templates/taxi/local_runner.py",
    "experimental/templates/taxi/kubeflow_v2_runner.py",
    "experimental/templates/penguin/local_runner.py",
)


TEMPLATES = tuple(example for example in EXAMPLES if "/templates/" in example)
MODULES = {
    "examples/penguin/penguin_pipeline_local_infraval.py": {
        "penguin_utils.py": "examples/penguin/penguin_utils_keras.py"
    }
}
"""Modules that TFX's wheel does not have under the name that the example says."""
NOT_CARRIED = {
    "examples/penguin/penguin_pipeline_kubeflow.py": (
        "`{{ parameters.train_args }}` as the whole of `train_args`: its default stands here",
        "`{{ parameters.eval_args }}` as the whole of `eval_args`: its default stands here",
    ),
    "examples/bigquery_ml/taxi_pipeline_kubeflow_gcp_bqml.py": (
        "tfxc does not have the component tfx.components.model_validator.component.ModelValidator",
    ),
    "examples/custom_components/hello_world/example/taxi_pipeline_hello.py": (
        "tfxc does not have the component "
        "tfx.examples.custom_components.hello_world.hello_component.component.HelloComponent",
    ),
}
NEEDS_NETWORK = ("examples/penguin/experimental/penguin_pipeline_sklearn_gcp.py",)
"""The launcher packs a module for Google's machines into a folder there."""


def source_of(example: str, folder: Path) -> Path:
    """Returns an example's file; a template as `tfx template copy` leaves it."""
    if example not in TEMPLATES:
        return tfx_folder() / example
    template = Path(example).parent
    copied = folder / "-".join(Path(example).with_suffix("").parts)
    shutil.copytree(tfx_folder() / template, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for file in copied.rglob("*.py"):
        text = file.read_text(encoding="utf-8").replace("{{PIPELINE_NAME}}", "my_pipeline")
        text = text.replace(f"tfx.experimental.templates.{template.name}.", "")
        file.write_text(text, encoding="utf-8")
    return copied / Path(example).name


def tfx_folder() -> Path:
    spec = importlib.util.find_spec("tfx")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImportAnswer]:
    """Example → what the launcher's Python made of it."""
    folder = tmp_path_factory.mktemp("examples")
    asked = []
    for number, example in enumerate(EXAMPLES):
        own = folder / str(number)
        own.mkdir()
        request = ImportRequest(file=str(source_of(example, folder)), kind="python")
        (own / "request.json").write_text(request.model_dump_json(), encoding="utf-8")
        asked.append([str(own / "request.json"), str(own / "answer.json"), str(own)])
    (folder / "requests.json").write_text(json.dumps(asked), encoding="utf-8")
    script = Path(__file__).with_name("tfx_examples.py")
    home = folder / "home"  # the examples say that their data lie there
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder / "requests.json")],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {
        example: ImportAnswer.model_validate_json(Path(answer).read_text(encoding="utf-8"))
        for example, (_, answer, _) in zip(EXAMPLES, asked, strict=True)
    }


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_tfx_publishes(
    example: str, answers: Any, launcher: Any, deployment: Any, tmp_path: Path
) -> None:
    answer = answers[example]
    assert answer.failure is None
    for name, source in MODULES.get(example, {}).items():
        shutil.copy(tfx_folder() / source, tmp_path / name)
    search = [(tfx_folder() / example).parent, tmp_path]
    imported = document_of(answer.ir, answer.modules, search, tmp_path, tmp_path)
    write_imported(tmp_path, yaml_text(imported.document, [], {}), imported.copies)
    checked = check(tmp_path / "pipeline.yaml")
    errors = [each.message for each in checked.diagnostics if each.is_error]
    notes = tuple(note.text for note in imported.notes if "is not on this machine: taken" not in note.text)
    assert notes == NOT_CARRIED.get(example, ())
    assert len(errors) == sum("does not have the component" in note for note in notes), errors
    if notes or example in NEEDS_NETWORK:
        return
    assert checked.plan is not None
    ours = launcher.open(checked.plan, tmp_path, run_id="run-1").ir()
    assert deployment(ours) == deployment(with_run(answer.ir, ours))
    assert comparable(ours) == comparable(with_run(answer.ir, ours))


def with_run(ir: Any, of: Any) -> Any:
    """Returns an IR with the run's id and root, and the defaults of runtime parameters, filled in."""
    known = {"pipeline-run-id": {"string_value": "run-1"}}
    known["pipeline-root"] = of["runtime_spec"]["pipeline_root"]["field_value"]

    def filled(value: Any) -> Any:
        if isinstance(value, list):
            return [filled(each) for each in value]
        if not isinstance(value, dict):
            return value
        parameter = value.get("runtime_parameter")
        if parameter is not None:
            return {"field_value": known.get(parameter["name"]) or parameter["default_value"]}
        return {key: filled(each) for key, each in value.items()}

    return filled(ir)


OURS = "__tfxc"


def comparable(ir: Any) -> Any:
    """Returns an IR without what says how it is run, without what tfxc adds to the cache key, and with the
    user's code named as modules: a spec's is never a file's path."""
    for entry in ir["nodes"]:
        parameters = entry["pipeline_node"].get("parameters", {}).get("parameters", {})
        for name in [name for name in parameters if name.startswith(OURS)]:
            del parameters[name]
        for name in ("module_file", "module_path"):
            if name in parameters:
                text = parameters.pop(name)["field_value"]["string_value"]
                dotted = text.partition("@")[0].removesuffix(".py").replace("/", ".")
                parameters["module"] = dotted.rpartition(".")[2]
        function = parameters.get("create_decoder_func")
        if function is not None:  # tfxc says in which module it is
            function["field_value"]["string_value"] = function["field_value"]["string_value"].split(".")[-1]
            parameters.pop("module", None)
        if not parameters:
            entry["pipeline_node"].pop("parameters", None)
    return {key: value for key, value in ir.items() if key not in ("deployment_config",)}
