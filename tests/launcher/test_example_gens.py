"""What brings examples in, run on real files: Parquet, Avro, other records, and executors of one's own."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.messages import NodeResult
from tfxc.schemas.plan import Plan
from tfxc.schemas.tf_records import record, records_in

pytestmark = pytest.mark.tfx

SPEC = """
version: 1
name: readers
components:
  parquet:
    type: ParquetExampleGen
    input_base: parquet
    input_config: {splits: [{name: learn, pattern: "a/*"}, {name: judge, pattern: "b/*"}]}
  divided:
    type: ParquetExampleGen
    input_base: parquet/a
    output_config:
      split_config: {splits: [{name: train, hash_buckets: 3}, {name: eval, hash_buckets: 1}]}
  avro:
    type: AvroExampleGen
    input_base: avro
    input_config: {splits: [{name: all, pattern: "day-{SPAN}/*.avro"}]}
    output_config: {split_config: {splits: [{name: all, hash_buckets: 1}]}}
  first_day:
    type: AvroExampleGen
    input_base: avro
    input_config: {splits: [{name: all, pattern: "day-{SPAN}/*.avro"}]}
    output_config: {split_config: {splits: [{name: all, hash_buckets: 1}]}}
    range_config: {static_range: {start_span_number: 1, end_span_number: 1}}
  changes:
    type: ExampleDiff
    examples_test: avro.examples
    examples_base: first_day.examples
    config: {paired_example_skew: {identifier_features: [word], skew_sample_size: 5}}
  zeros:
    type: ParquetExampleGen
    input_base: zeros
    output_config: &whole {split_config: {splits: [{name: all, hash_buckets: 1}]}}
  avro_zeros: {type: AvroExampleGen, input_base: avro_zeros, output_config: *whole}
  lines:
    type: FileBasedExampleGen
    executor: readers.py:JsonLines
    input_base: lines
    output_config: {split_config: {splits: [{name: all, hash_buckets: 1}]}}
    custom_config:
      custom_config: {"@type": type.googleapis.com/google.protobuf.Struct, value: {columns: [word]}}
  shop:
    type: QueryBasedExampleGen
    executor: readers.py:Database
    input_config:
      splits:
        - {name: cheap, pattern: SELECT price FROM goods WHERE price < 5}
        - {name: dear, pattern: SELECT price FROM goods WHERE price >= 5}
  sequences:
    type: ImportExampleGen
    input_base: sequences
    payload_format: 7
    output_config: {split_config: {splits: [{name: all, hash_buckets: 1}]}}
  of_sequences: {type: StatisticsGen, examples: sequences.examples}
  messages:
    type: ImportExampleGen
    input_base: records
    payload_format: 11
    output_config: {split_config: {splits: [{name: all, hash_buckets: 1}]}}
  decoder: {type: TfGraphDataViewProvider, module_file: readers.py, create_decoder_func: create_decoder}
  decoded: {type: DataViewBinder, input_examples: messages.examples, data_view: decoder.data_view}
  of_messages: {type: StatisticsGen, examples: decoded.output_examples}
"""
COMPARED = """
import sys

import numpy
from apache_beam.internal import pickler
from tfx.components.example_gen import utils
from tfxc.backends.launcher.node.zero_values import keep_zero_values

tfx = utils.dict_to_example
keep_zero_values()
mended = utils.dict_to_example
keep_zero_values()
assert utils.dict_to_example is mended
kept = {"a": 3, "b": -1.5, "c": True, "d": "x", "e": b"y", "f": [0, 2], "g": [0.0], "h": [""], "i": [],
        "j": None, "k": numpy.int64(4), "l": numpy.array([0, 1]), "m": numpy.array(2.5),
        "n": numpy.float32("nan"), "o": {}}
assert mended(kept).SerializeToString(deterministic=True) == tfx(kept).SerializeToString(deterministic=True)
zeros = {"a": 0, "b": 0.0, "c": False, "d": "", "e": b"", "f": numpy.int32(0), "g": numpy.bool_(False),
         "h": numpy.array(0.0)}
assert not any(each.WhichOneof("kind") for each in tfx(zeros).features.feature.values())
kinds = {name: each.WhichOneof("kind") for name, each in mended(zeros).features.feature.items()}
ints, floats, texts = "int64_list", "float_list", "bytes_list"
assert kinds == dict(a=ints, b=floats, c=ints, d=texts, e=texts, f=ints, g=ints, h=floats), kinds
pickled = pickler.dumps(mended)
utils.dict_to_example = tfx  # as on a worker elsewhere, which has no tfxc
for name in [name for name in sys.modules if name.split(".")[0] == "tfxc"]:
    sys.modules[name] = None
elsewhere = pickler.loads(pickled)
assert elsewhere is not mended and elsewhere(zeros) == mended(zeros)
"""
ZEROS: list[dict[str, Any]] = [
    {"label": 0, "share": 0.0, "good": False, "word": "", "raw": b"", "list": [0, 1]},
    {"label": 1, "share": -0.5, "good": True, "word": "a", "raw": b"b", "list": [0]},
    {"label": None, "share": None, "good": None, "word": None, "raw": None, "list": []},
]


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    from pyarrow import parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pyarrow.Table.from_pylist(rows), str(path))


def write_avro(path: Path, rows: list[dict[str, Any]]) -> None:
    import fastavro

    fields = [
        {"name": "word", "type": "string"},
        {"name": "number", "type": "long"},
        {"name": "share", "type": ["null", "double"], "default": None},
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        fastavro.writer(stream, {"type": "record", "name": "row", "fields": fields}, rows)


def write_records(path: Path, *messages: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"".join(record(message.SerializeToString()) for message in messages)
    path.write_bytes(gzip.compress(content))


def sequence(words: list[str]) -> Any:
    import tensorflow as tf

    made = tf.train.SequenceExample()
    made.context.feature["length"].int64_list.value.append(len(words))
    for word in words:
        made.feature_lists.feature_list["words"].feature.add().bytes_list.value.append(word.encode())
    return made


def bought(number: int) -> Any:
    import tensorflow as tf

    made = tf.train.Example()
    made.features.feature["bought"].int64_list.value.append(number)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readers")
    shutil.copy(Path(__file__).parent / "modules" / "readers.py", folder)
    (folder / "pipeline.yaml").write_text(SPEC)
    write_parquet(folder / "parquet/a/1.parquet", [{"word": f"w{n}", "share": n / 4} for n in range(20)])
    write_parquet(folder / "parquet/b/1.parquet", [{"word": "last", "share": None}])
    write_parquet(folder / "zeros/1.parquet", ZEROS)
    write_avro(folder / "avro_zeros/1.avro", [{"word": "", "number": 0, "share": 0.0}])
    for day, number in ((1, 10), (2, 20)):
        rows = [{"word": "é", "number": number, "share": None}, {"word": "b", "number": number, "share": 0.5}]
        write_avro(folder / f"avro/day-{day}/rows.avro", rows)
    (folder / "lines").mkdir()
    rows = [{"word": "one", "secret": 1}, {"word": "two", "secret": 2}]
    (folder / "lines/rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with sqlite3.connect(folder / "shop.sqlite") as connection:
        connection.execute("CREATE TABLE goods (price INTEGER)")
        connection.executemany("INSERT INTO goods VALUES (?)", [(1,), (2,), (7,)])
    write_records(folder / "sequences/a.gz", sequence(["x", "y"]), sequence(["z"]))
    write_records(folder / "records/a.gz", bought(3), bought(5))
    return folder


@pytest.fixture(scope="module")
def results(launcher: Any, plan_of_spec: Callable[[Path], Plan], folder: Path) -> dict[str, NodeResult]:
    found: dict[str, NodeResult] = launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder).all()
    assert {node: each.error for node, each in found.items() if each.state != "succeeded"} == {}
    return found


def payloads(folder: Path, node: str, split: str, output: str = "examples") -> list[bytes]:
    """Returns the records of a split that a node has made."""
    files = sorted(folder.glob(f"runs/{node}/{output}/*/Split-{split}/*.gz"))
    assert files
    found = []
    for file in files:
        with gzip.open(file) as stream:
            found += list(records_in(stream))  # type: ignore[arg-type]  # it reads as a binary stream does
    return found


def rows(folder: Path, node: str, split: str) -> list[dict[str, Any]]:
    """Returns the tf.Examples of a split that a node has made, as plain values, in order."""
    import tensorflow as tf

    found = []
    for content in payloads(folder, node, split):
        features = tf.train.Example.FromString(content).features.feature
        found.append({name: _value(feature) for name, feature in sorted(features.items())})
    return sorted(found, key=repr)


def _value(feature: Any) -> Any:
    kind = feature.WhichOneof("kind")
    return list(getattr(feature, kind).value) if kind else []


def test_parquet(results: dict[str, NodeResult], folder: Path) -> None:
    learn = rows(folder, "parquet", "learn")
    assert len(learn) == 20
    assert {"share": [0.25], "word": [b"w1"]} in learn
    assert rows(folder, "parquet", "judge") == [{"share": [], "word": [b"last"]}]
    train, judged = rows(folder, "divided", "train"), rows(folder, "divided", "eval")
    assert len(train) > len(judged) > 0
    assert sorted([*train, *judged], key=repr) == learn


def test_avro_and_its_spans(results: dict[str, NodeResult], folder: Path) -> None:
    expected = [
        {"number": [20], "share": [0.5], "word": [b"b"]},
        {"number": [20], "share": [], "word": ["é".encode()]},
    ]
    assert rows(folder, "avro", "all") == expected
    assert [row["number"] for row in rows(folder, "first_day", "all")] == [[10], [10]]
    spans = {node: results[node].artifacts[0].properties["span"] for node in ("avro", "first_day")}
    assert spans == {"avro": 2, "first_day": 1}


def test_zeros_are_no_missing_values(results: dict[str, NodeResult], folder: Path) -> None:
    def example(**values: Any) -> dict[str, Any]:
        return dict(sorted(values.items()))

    expected = [
        example(label=[0], share=[0.0], good=[0], word=[b""], raw=[b""], list=[0, 1]),
        example(label=[1], share=[-0.5], good=[1], word=[b"a"], raw=[b"b"], list=[0]),
        example(label=[], share=[], good=[], word=[], raw=[], list=[]),
    ]
    assert rows(folder, "zeros", "all") == sorted(expected, key=repr)
    assert rows(folder, "avro_zeros", "all") == [{"number": [0], "share": [0.0], "word": [b""]}]


def test_examples_are_those_of_tfx_where_it_keeps_the_values() -> None:
    """In a process of its own, which changes TFX; what is pickled works where there is no tfxc."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COMPARED], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_days_are_compared(results: dict[str, NodeResult], folder: Path) -> None:
    (artifact,) = results["changes"].artifacts
    assert artifact.artifact_type == "ExamplesDiff"
    assert any(path.stat().st_size for path in folder.glob("runs/changes/**/*") if path.is_file())


def test_files_and_queries_of_ones_own(results: dict[str, NodeResult], folder: Path) -> None:
    assert rows(folder, "lines", "all") == [{"word": [b"one"]}, {"word": [b"two"]}]
    assert rows(folder, "shop", "cheap") == [{"price": [1]}, {"price": [2]}]
    assert rows(folder, "shop", "dear") == [{"price": [7]}]


def statistics(folder: Path, node: str) -> dict[str, Any]:
    """Returns what StatisticsGen found: feature → what it is of."""
    from tensorflow_metadata.proto.v0 import statistics_pb2

    (file,) = folder.glob(f"runs/{node}/statistics/*/Split-all/FeatureStats.pb")
    found = statistics_pb2.DatasetFeatureStatisticsList.FromString(file.read_bytes())
    return {".".join(each.path.step): each for each in found.datasets[0].features}


def test_sequence_examples_are_described(results: dict[str, NodeResult], folder: Path) -> None:
    found = statistics(folder, "of_sequences")
    assert found["length"].num_stats.max == 2
    (words,) = (each for name, each in found.items() if name.endswith("words"))
    assert words.string_stats.unique == 3
    assert results["sequences"].artifacts[0].properties["payload_format"] == "FORMAT_TF_SEQUENCE_EXAMPLE"


def test_other_messages_are_described_through_a_data_view(
    results: dict[str, NodeResult], folder: Path
) -> None:
    assert results["messages"].artifacts[0].properties["payload_format"] == "FORMAT_PROTO"
    found = statistics(folder, "of_messages")
    assert (found["bought"].num_stats.min, found["bought"].num_stats.max) == (3, 5)


def test_the_executor_is_a_part_of_the_cache_key(
    launcher: Any, plan_of_spec: Callable[[Path], Plan], results: dict[str, NodeResult], folder: Path
) -> None:
    again = launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder)
    assert again.node("lines").state == "cached"
    with (folder / "readers.py").open("a") as stream:
        stream.write("\n# changed\n")
    edited = launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder)
    assert edited.node("lines").state == "succeeded"
    assert edited.node("parquet").state == "cached"
