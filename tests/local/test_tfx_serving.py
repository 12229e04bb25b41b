"""The models that the examples train, as whoever serves them sees them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).parents[2] / "specs"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]

BULK_INFERRER = {
    "type": "BulkInferrer",
    "examples": "example_gen.examples",
    "model": "trainer.model",
    "data_spec": {"example_splits": ["eval"]},
    "model_spec": {"model_signature_name": ["serving_default"]},
    "output_example_spec": {
        "output_columns_spec": [
            {
                "signature_name": "serving_default",
                "predict_output": {
                    "output_columns": [{"output_key": "species", "output_column": "predicted_species"}]
                },
            }
        ]
    },
}


def trained(folder: Path, **components: Any) -> tuple[dict[str, Any], Path]:
    """Runs the penguin up to its Trainer, with more components; returns the report and the folder."""
    shutil.copytree(
        SPECS / "penguin", folder, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__")
    )
    spec = yaml.safe_load((folder / "pipeline.yaml").read_text())
    for name in ("example_validator", "latest_blessed", "evaluator", "pusher"):
        del spec["components"][name]
    del spec["environments"], spec["parameters"]["min_accuracy"]
    spec["components"].update(components)
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
    return report, folder


@pytest.fixture(scope="module")
def penguin(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The penguin with a BulkInferrer behind its Trainer, after its first run."""
    return trained(tmp_path_factory.mktemp("serving") / "penguin", bulk_inferrer=BULK_INFERRER)


def test_a_bulk_inferrer_reads_the_penguin_model(penguin: tuple[dict[str, Any], Path]) -> None:
    report, folder = penguin
    assert report["state"] == "succeeded", report
    (shard,) = folder.glob("runs/bulk_inferrer/output_examples/*/Split-eval/*.gz")
    program = (
        "import collections, sys, tensorflow as tf\n"
        "found = collections.Counter()\n"
        "for record in tf.data.TFRecordDataset(sys.argv[1], 'GZIP'):\n"
        "    row = tf.train.Example.FromString(record.numpy()).features.feature\n"
        "    species, predicted = (row[name].bytes_list.value for name in ('species', 'predicted_species'))\n"
        "    found[list(species) == list(predicted)] += 1\n"
        "print(found[True], found[False])\n"
    )
    counted = subprocess.run(
        [sys.executable, "-c", program, str(shard)], capture_output=True, text=True, check=True
    )
    right, wrong = map(int, counted.stdout.split())
    assert right + wrong == 140
    assert right > 120


def test_the_penguin_leaves_training_curves(penguin: tuple[dict[str, Any], Path]) -> None:
    _, folder = penguin
    for part in ("train", "validation"):
        assert list(folder.glob(f"runs/trainer/model_run/**/{part}/events.out.tfevents.*"))
