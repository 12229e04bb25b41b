"""What makes Beam faster changes no result: runs with it and without it, compared file by file.

And every replacement fits the versions that are installed: one that does not is left out in silence.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.tfx_lines import installed_line

pytestmark = pytest.mark.tfx

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
NODES = ["example_gen", "statistics_gen", "schema_gen", "transform"]


@pytest.fixture(scope="module", params=["penguin", "taxi"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs a spec up to Transform both ways; returns the folder with what `run_both_ways` made."""
    name = request.param
    home = tmp_path_factory.mktemp(name)
    spec = SPECS / name / "pipeline.yaml"
    tfxc = Path(sys.executable).with_name("tfxc")
    bundle = home / "bundle"
    subprocess.run([tfxc, "compile", spec, "--backend", "local", "-o", bundle], check=True)
    for folder in ("light", "shuffled"):
        # With what a spec reads beside its data, such as a schema.
        without = shutil.ignore_patterns("runs", "serving", "__pycache__")
        shutil.copytree(SPECS / name, home / folder, ignore=without)
        if name == "taxi":
            data = home / folder / "data" / "taxi.csv"
            make = [sys.executable, SPECS / name / "make_data.py", "--rows", "600"]
            subprocess.run([*make, "--output", data], check=True)
    done = subprocess.run(
        [sys.executable, HERE / "run_both_ways.py", bundle, home, *NODES],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    return home


def files(folder: Path, pattern: str) -> dict[str, Path]:
    """Returns the files that nodes made, by their path without the folder of the execution."""
    found = {}
    for path in sorted((folder / "runs").glob(pattern)):
        parts = path.relative_to(folder / "runs").parts
        found["/".join((*parts[:2], *parts[3:]))] = path
    return found


def records(path: Path) -> list[bytes]:
    """Returns the examples of a file, in their order, each with its features in the order of their names."""
    import tensorflow as tf

    return [
        tf.train.Example.FromString(record).SerializeToString(deterministic=True)
        for record in tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()
    ]


def examples(path: Path) -> Any:
    """Returns the examples of a file, in their order, as plain values."""
    import tensorflow as tf
    from google.protobuf.json_format import MessageToDict

    return [MessageToDict(tf.train.Example.FromString(record)) for record in records(path)]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same, floats but for their last digits.

    Beam fits the size of its batches to how long they take, and sums are made batch by batch: the last
    digits differ from run to run in plain TFX, too.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(one == pytest.approx(other, rel=1e-5, abs=1e-6, nan_ok=True))
    return bool(one == other)


def statistics(path: Path) -> Any:
    """Returns a file of statistics as plain values, its features in the order of their names.

    Without histograms of numbers: a number at the edge of two bars falls into one or the other.
    """
    from google.protobuf.json_format import MessageToDict
    from tensorflow_metadata.proto.v0 import statistics_pb2

    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(path.read_bytes())
    for dataset in found.datasets:
        for feature in dataset.features:
            if feature.HasField("num_stats"):
                del feature.num_stats.histograms[:]
        features = sorted(dataset.features, key=lambda feature: list(feature.path.step) or [feature.name])
        del dataset.features[:]
        dataset.features.extend(features)
    return MessageToDict(found)


def test_the_same_rows_are_read(home: Path) -> None:
    light, plain = (files(home / way, "example_gen/*/*/*/*.gz") for way in ("light", "shuffled"))
    assert len(light) == 2
    assert list(light) == list(plain)
    for name in light:
        assert sorted(records(light[name])) == sorted(records(plain[name]))


def test_results_are_the_same(home: Path) -> None:
    for pattern, read, count in (
        ("*/*/*/Split-*/*.gz", examples, 4),
        ("*/*/*/Split-*/FeatureStats.pb", statistics, 2),
        ("transform/*stats/*/FeatureStats.pb", statistics, 2),
        ("*/schema/*/schema.pbtxt", Path.read_bytes, 1),
        ("transform/*/*/**/schema.pbtxt", Path.read_bytes, 2),
        ("transform/*/*/**/assets/*", Path.read_bytes, 3),
    ):
        light, plain = (files(home / way, pattern) for way in ("light", "plain"))
        assert len(light) >= count, pattern
        assert list(light) == list(plain), pattern
        for name in light:
            assert same(read(light[name]), read(plain[name])), name


def test_transform_graphs_compute_the_same(home: Path) -> None:
    import tensorflow as tf
    import tensorflow_transform as tft

    found = []
    for way in ("light", "plain"):
        folder = home / way
        [rows] = (folder / "runs").glob("example_gen/examples/*/Split-eval/*.gz")
        [graph] = (folder / "runs").glob("transform/transform_graph/*")
        output = tft.TFTransformOutput(str(graph))
        raw = tf.io.parse_example(records(rows), output.raw_feature_spec())
        columns = output.transform_features_layer()(raw)
        dense = {
            name: tf.sparse.to_dense(column) if isinstance(column, tf.SparseTensor) else column
            for name, column in columns.items()
        }
        found.append({name: column.numpy().tolist() for name, column in sorted(dense.items())})
    assert found[0]
    assert same(found[0], found[1])


GUARDS = """
from tfxc.backends.launcher.speed import beam, csv_examples, descriptors, metric_inputs, pickling, sampling
from tfxc.backends.launcher.speed import function_pickles, transform
from apache_beam.transforms import core
before = core.get_function_args_defaults
beam.lighten()
replaced = core.get_function_args_defaults is not before
print(pickling.lighten(), transform.lighten(), descriptors.lighten(), sampling.lighten(), replaced)
import apache_beam
from apache_beam.internal import dill_pickler, pickler
import bz2, base64
assert pickler.loads(pickler.dumps([1, 'a'])) == [1, 'a']
import dill
assert pickler.loads(base64.b64encode(bz2.compress(dill.dumps(5)))) == 5
print(pickling.lighten(), transform.lighten(), descriptors.lighten(), sampling.lighten())
print(csv_examples.lighten(), metric_inputs.lighten(), function_pickles.lighten(), function_pickles.lighten())
"""


def test_what_is_replaced_is_there_in_the_installed_versions_and_replaced_once() -> None:
    done = subprocess.run([sys.executable, "-c", GUARDS], capture_output=True, text=True, check=True)
    first, second, others = done.stdout.splitlines()[-3:]
    replaced = {
        "1.16": "['compression', 'construction', 'windowing'] ['loaded', 'inspected'] True True True",
        # The others are written otherwise there.
        "1.21": "['compression', 'windowing'] ['inspected'] True True True",
    }
    # Beam of TFX 1.21 does not pickle with dill.
    replaced_too = {"1.16": "True True True False", "1.21": "True True False False"}
    assert first == replaced[installed_line() or ""]
    assert second == "[] [] False False"
    assert others == replaced_too[installed_line() or ""]
