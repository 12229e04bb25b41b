"""Names in an Evaluator's configuration that are in no example: said with the name, never passed over."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.reports.training_log import loss_note

pytestmark = pytest.mark.tfx

TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
MODEL = '''
import keras
import tensorflow as tf


def run_fn(fn_args):
    """Saves a model that was not trained."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="sigmoid")])
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    spec = {"minutes": tf.io.FixedLenFeature([1], tf.float32)}

    def serve(examples):
        return {"outputs": model(tf.io.parse_example(examples, spec)["minutes"] / 20)}

    signature = tf.function(serve, input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    tf.saved_model.save(module, fn_args.serving_model_dir, signatures={"serving_default": signature})
'''


NO_NUMBERS = MODEL.replace(
    "    module = tf.Module()",
    """\
    model.compile(loss="mse")
    model.fit(
        tf.fill([8, 1], float("nan")), tf.ones([8, 1]), epochs=2, verbose=2, validation_split=0.5,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir, write_graph=False)],
    )
    module = tf.Module()""",
)


def evaluated(
    folder: Path,
    label: str,
    slices: list[dict[str, Any]],
    model: str = MODEL,
    metric: str = "BinaryAccuracy",
) -> dict[str, Any]:
    """Runs a Trainer and an Evaluator and returns the report."""
    random.seed(1)
    rows = [f"{random.choice('ab')},{random.random() * 20:.2f},{random.randrange(2)}" for _ in range(150)]
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "visits.csv").write_text("\n".join(["kind,minutes,bought", *rows]) + "\n")
    (folder / "model.py").write_text(model)
    threshold = {"value_threshold": {"lower_bound": 0.0}}
    config = {
        "model_specs": [{"signature_name": "serving_default", "label_key": label}],
        "slicing_specs": slices,
        "metrics_specs": [{"metrics": [{"class_name": metric, "threshold": threshold}]}],
    }
    spec = {
        "version": 1,
        "name": "evaluation",
        "components": {
            "example_gen": {"type": "CsvExampleGen", "input_base": "data"},
            "trainer": {
                "type": "Trainer",
                "examples": "example_gen.examples",
                "module_file": "model.py",
                "train_args": {"num_steps": 1},
                "eval_args": {"num_steps": 1},
            },
            "evaluator": {
                "type": "Evaluator",
                "examples": "example_gen.examples",
                "model": "trainer.model",
                "eval_config": config,
            },
        },
    }
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    done = subprocess.run(
        [*TFXC, "run", "--json", str(folder / "pipeline.yaml")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_label_that_no_example_has_is_named(tmp_path: Path) -> None:
    report = evaluated(tmp_path, "buoght", [{}])
    assert report["nodes"][-1]["error"]["message"] == (
        "`evaluator` failed: no example has the label `buoght`, which `label_key` names: the columns are "
        "`bought`, `kind`, `minutes`."
    )


def test_a_slice_that_no_example_is_in_is_named(tmp_path: Path) -> None:
    slices: list[dict[str, Any]] = [
        {},
        {"feature_keys": ["kind"]},
        {"feature_keys": ["kindd"]},
        {"feature_values": {"kind": "a"}},
        {"feature_values": {"kind": "c"}},
        {"feature_keys": ["bought"], "feature_values": {"kind": "b"}},
        {"feature_keys": ["bouht"], "feature_values": {"kind": "b"}},
    ]
    report = evaluated(tmp_path, "bought", slices)
    assert report["state"] == "succeeded"
    (evaluation,) = report["evaluations"]
    assert evaluation["empty_slices"] == ["kindd", "kind:c", "bouht, kind:b"]


def test_a_loss_and_a_metric_that_are_no_number_are_told(tmp_path: Path) -> None:
    report = evaluated(tmp_path, "bought", [{}], NO_NUMBERS, "MeanSquaredError")
    assert report["notes"] == [
        "`trainer`: the loss is NaN from epoch 1 on: the model has learned nothing that can be used"
    ]
    (evaluation,) = report["evaluations"]
    assert evaluation["failures"] == [
        "Overall: mean_squared_error is NaN, which is within no bounds: the model or the data gives no "
        "number for it"
    ]
    (log,) = (tmp_path / "runs").glob(".tfxc/*/logs/trainer.1.log")
    assert loss_note(log) == (
        "the loss is NaN at the end of its log: the model has learned nothing that can be used"
    )
