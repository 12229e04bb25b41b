"""What stands around a Trainer, run: a Tuner before it, InfraValidators and BulkInferrers behind it."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.launcher.protocol.messages import NodeResult
from tfxc.schemas.plan import Plan
from tfxc.schemas.tf_records import read_records, records_in

pytestmark = pytest.mark.tfx

PENGUIN = Path(__file__).parents[2] / "specs" / "penguin"

MORE = """
tuner:
  type: Tuner
  examples: transform.transformed_examples
  transform_graph: transform.transform_graph
  module_file: penguin_tuning.py
  train_args: {num_steps: 4}
  eval_args: {num_steps: 2}
tuned:
  type: Trainer
  examples: transform.transformed_examples
  transform_graph: transform.transform_graph
  hyperparameters: tuner.best_hyperparameters
  module_file: penguin_tuning.py
  train_args: {num_steps: 4}
  eval_args: {num_steps: 2}
  custom_config: {unservable: unservable/Format-Serving}
good:
  type: InfraValidator
  model: trainer.model
  examples: example_gen.examples
  serving_spec: {local_process: {}, model_name: penguin}
  request_spec: {tensorflow_serving: {}, num_examples: 3, make_warmup: true}
uncallable: {type: Importer, source_uri: unservable, artifact_type: Model, depends_on: [tuned]}
not_called: {type: InfraValidator, model: uncallable.result, serving_spec: {local_process: {}}}
called:
  type: InfraValidator
  model: uncallable.result
  examples: example_gen.examples
  serving_spec: {local_process: {}}
  request_spec: {tensorflow_serving: {}}
  validation_spec: {num_tries: 2}
damaged: {type: Importer, source_uri: damaged, artifact_type: Model, depends_on: [tuned]}
not_loaded:
  type: InfraValidator
  model: damaged.result
  serving_spec: {local_process: {}}
  validation_spec: {num_tries: 1, max_loading_time_seconds: 200}
predictions:
  type: BulkInferrer
  examples: example_gen.examples
  model: trainer.model
  model_blessing: evaluator.blessing
  data_spec: {example_splits: [eval]}
  model_spec: {model_signature_name: [serving_default]}
predicted:
  type: BulkInferrer
  examples: example_gen.examples
  model: trainer.model
  data_spec: {example_splits: [eval]}
  model_spec: {model_signature_name: [serving_default]}
  output_example_spec:
    output_columns_spec:
      - predict_output:
          output_columns:
            - {output_key: probabilities, output_column: shares}
            - {output_key: species, output_column: guess}
warm:
  type: Pusher
  infra_blessing: good.blessing
  push_destination: {filesystem: {base_directory: warm}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    for name in ("features", "models", "schema", "data"):
        shutil.copytree(PENGUIN / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).parent / "modules" / "penguin_tuning.py", folder)
    spec = yaml.safe_load((PENGUIN / "pipeline.yaml").read_text())
    for name in ("statistics_gen", "example_validator", "pusher"):
        del spec["components"][name]
    spec["components"].update(yaml.safe_load(MORE))
    del spec["environments"]
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    return folder


@pytest.fixture(scope="module")
def results(launcher: Any, plan_of_spec: Callable[[Path], Plan], folder: Path) -> dict[str, NodeResult]:
    run = launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder)
    found: dict[str, NodeResult] = {}
    for node in run.plan.nodes:
        if node.id == "damaged":
            shutil.copytree(folder / "unservable", folder / "damaged")
            (folder / "damaged/Format-Serving/variables/variables.index").write_bytes(b"damaged")
        found[node.id] = run.node(node.id)
    assert {node: each.error for node, each in found.items() if each.state != "succeeded"} == {}
    return found


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_the_best_hyperparameters_of_a_tuner_feed_the_trainer(
    results: dict[str, NodeResult], folder: Path
) -> None:
    file = only(folder, "runs/tuner/best_hyperparameters/*/best_hyperparameters.txt")
    best = json.loads(file.read_text())["values"]
    assert best["units"] in (4, 8)
    assert json.loads(only(folder, "runs/tuned/model_run/*/used.json").read_text()) == best
    trials = only(folder, "runs/tuner/tuner_results/*").iterdir()
    assert any(path.is_file() for path in trials)


def blessing(results: dict[str, NodeResult], node: str) -> dict[str, Any]:
    (artifact,) = results[node].artifacts
    assert artifact.artifact_type == "InfraBlessing"
    return {name: artifact.properties.get(name) for name in ("blessed", "has_model")}


def test_a_model_that_answers_is_blessed_and_warmed_up(results: dict[str, NodeResult], folder: Path) -> None:
    assert blessing(results, "good") == {"blessed": 1, "has_model": 1}
    assert only(folder, "runs/good/blessing/*/INFRA_BLESSED").is_file()
    warm_up = only(folder, "warm/*/assets.extra/tf_serving_warmup_requests")
    assert len(list(read_records(warm_up))) == 3
    assert "answers 3 requests" in (folder / "good.log").read_text()


def test_a_model_that_does_not_is_not(results: dict[str, NodeResult], folder: Path) -> None:
    assert blessing(results, "not_called") == {"blessed": 1, "has_model": None}
    assert blessing(results, "called") == {"blessed": 0, "has_model": None}
    assert only(folder, "runs/called/blessing/*/INFRA_NOT_BLESSED").is_file()
    log = (folder / "called.log").read_text()
    assert "there is no variable" in log
    assert "(attempt 2/2) failed" in log
    assert blessing(results, "not_loaded") == {"blessed": 0, "has_model": None}
    assert "TensorFlow Serving cannot load it" in (folder / "not_loaded.log").read_text()


def gzipped_records(file: Path) -> list[bytes]:
    with gzip.open(file) as stream:
        return list(records_in(stream))  # type: ignore[arg-type]  # it reads as a binary stream does


def test_a_bulk_inferrer_predicts(results: dict[str, NodeResult], folder: Path) -> None:
    import tensorflow as tf
    from tensorflow_serving.apis import prediction_log_pb2

    rows = sum(len(gzipped_records(path)) for path in folder.glob("runs/example_gen/*/*/Split-eval/*.gz"))
    logs = [
        prediction_log_pb2.PredictionLog.FromString(content)
        for path in folder.glob("runs/predictions/inference_result/*/**/*.gz")
        for content in gzipped_records(path)
    ]
    assert len(logs) == rows > 0
    answer = logs[0].predict_log.response.outputs
    assert tf.make_ndarray(answer["probabilities"]).sum() == pytest.approx(1.0, abs=1e-4)
    examples = [
        tf.train.Example.FromString(content).features.feature
        for path in folder.glob("runs/predicted/output_examples/*/Split-eval/*.gz")
        for content in gzipped_records(path)
    ]
    assert len(examples) == rows
    right = [each["guess"].bytes_list.value[0] == each["species"].bytes_list.value[0] for each in examples]
    assert sum(right) > 0.8 * rows
    assert len(examples[0]["shares"].float_list.value) == 3
