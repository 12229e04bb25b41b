"""What the columns of Parquet, Avro and TFRecord files tell of a spec before a run."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tfxc.compiler.driver import check, check_data
from tfxc.schemas.avro_files import read_avro_file
from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.parquet_files import read_parquet_file
from tfxc.schemas.record_files import read_record_file
from tfxc.schemas.tf_examples import BYTES, FLOATS, INTEGERS, Feature, serialized_example
from tfxc.schemas.tf_records import record

SPEC = """\
version: 1
name: visits
components:
  example_gen: {type: FORMAT, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: ImportSchemaGen, schema_file: schema.pbtxt}
  validator: {type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema_gen.schema}
  model: {type: Importer, source_uri: saved, artifact_type: Model}
  evaluator:
    type: Evaluator
    examples: example_gen.examples
    model: model.result
    eval_config: {model_specs: [{label_key: bougth}], slicing_specs: [{}, {feature_keys: [kind]}]}
"""
SCHEMA = """\
feature { name: "kind" type: BYTES presence { min_fraction: 1 } }
feature { name: "minutes" type: INT presence { min_fraction: 1 } }
feature { name: "weekday" type: INT presence { min_fraction: 1 } }
feature { name: "rare" type: INT presence { min_count: 1 } }
"""
FORMATS = {"ParquetExampleGen": "parquet", "AvroExampleGen": "avro", "ImportExampleGen": "tfrecord"}
Write = Callable[[Path, int, dict[str, str]], None]


def row(number: int, columns: dict[str, str]) -> dict[str, Any]:
    values = {"BYTES": f"text {number}", "FLOAT": number + 0.5, "INT": number + 1}
    return {name: values[kind] for name, kind in columns.items()}


def write_parquet(path: Path, rows: int, columns: dict[str, str]) -> None:
    import pyarrow
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([row(each, columns) for each in range(rows)]), str(path))


def write_avro(path: Path, rows: int, columns: dict[str, str]) -> None:
    import fastavro

    types = {"BYTES": "string", "FLOAT": ["null", "double"], "INT": {"type": "long"}}
    fields = [{"name": name, "type": types[kind]} for name, kind in columns.items()]
    schema = fastavro.parse_schema({"type": "record", "name": "row", "fields": fields})
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, [row(each, columns) for each in range(rows)])


def write_records(path: Path, rows: int, columns: dict[str, str]) -> None:
    kinds = {"BYTES": BYTES, "FLOAT": FLOATS, "INT": INTEGERS}
    examples = []
    for number in range(rows):
        values = row(number, columns)
        features = {
            name: Feature(kinds[kind], [values[name].encode() if kind == "BYTES" else values[name]])
            for name, kind in columns.items()
        }
        examples.append(record(serialized_example(features)))
    path.write_bytes(b"".join(examples))


WRITERS: dict[str, Write] = {"parquet": write_parquet, "avro": write_avro, "tfrecord": write_records}
COLUMNS = {"kind": "BYTES", "minutes": "FLOAT", "bought": "INT"}


def found(spec: Path) -> dict[str, str]:
    return {each.code: each.message for each in check(spec, look_at_data=True).diagnostics}


@pytest.fixture(params=FORMATS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Write, str]:
    """A spec, what writes files of the kind that it reads, and the ending of these."""
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(SPEC.replace("FORMAT", request.param))
    (tmp_path / "schema.pbtxt").write_text(SCHEMA)
    (tmp_path / "data").mkdir()
    (tmp_path / "saved").mkdir()
    ending = FORMATS[request.param]
    return spec, WRITERS[ending], ending


def test_names_and_types_are_held_against_the_files(project: tuple[Path, Write, str]) -> None:
    spec, write, ending = project
    write(spec.parent / "data" / f"a.{ending}", 300, COLUMNS)
    told = found(spec)
    who = "none of the first 100 examples" if ending == "tfrecord" else "no example"
    assert told["W762"] == (
        f"{who} of `example_gen` has the column `bougth`, which `label_key` of `evaluator` names"
    )
    message = f"the schema says that `minutes` has integers, but a.{ending} has floats there"
    assert told["W782"] == message
    assert told["W781"] in {
        f"the schema requires the feature `{name}`, which {who} of `example_gen` has"
        for name in ("weekday", "rare")
    }
    assert told.keys() == {"W762", "W781", "W782"}
    messages = [each.message for each in check(spec, look_at_data=True).diagnostics if each.code == "W781"]
    # What few examples need to have may be in those that were not looked at.
    assert len(messages) == (1 if ending == "tfrecord" else 2)
    spec.write_text(spec.read_text().replace("bougth", "bought"))
    (spec.parent / "schema.pbtxt").write_text('feature { name: "minutes" type: FLOAT }')
    assert found(spec) == {}


def test_few_rows_and_splits_and_spans_that_differ(project: tuple[Path, Write, str]) -> None:
    spec, write, ending = project
    text = "".join(spec.read_text().splitlines(keepends=True)[:4])
    spec.write_text(text)
    data = spec.parent / "data"
    write(data / f"a.{ending}", 2, COLUMNS)
    assert found(spec).keys() == ({"W763"} if ending != "avro" else set())
    some = {name: kind for name, kind in COLUMNS.items() if name != "bought"}
    for folder, columns in (("train", COLUMNS), ("eval", some)):
        (data / folder).mkdir()
        write(data / folder / f"a.{ending}", 30, columns)
    splits = "[{name: train, pattern: 'train/*'}, {name: eval, pattern: 'eval/*'}]"
    spec.write_text(text.replace("data}", f"data, input_config: {{splits: {splits}}}}}"))
    assert found(spec)["W768"] == (
        "the split `eval` of `example_gen` lacks the column `bought`, which `train` has"
    )
    (data / "train").rename(data / "span-1")
    (data / "eval").rename(data / "span-2")
    splits = "[{name: all, pattern: 'span-{SPAN}/*'}]"
    spec.write_text(text.replace("data}", f"data, input_config: {{splits: {splits}}}}}"))
    assert "span 2 of `example_gen` (split `all`) lacks the column `bought`" in found(spec)["W777"]


def test_without_data_the_schema_tells_the_names(project: tuple[Path, Write, str]) -> None:
    spec, _, _ = project
    spec.write_text(spec.read_text().replace("input_base: data", 'input_base: "gs://visits/all"'))
    assert found(spec).keys() == {"W783"}
    assert "no feature `bougth`, which `label_key`" in found(spec)["W783"]
    (spec.parent / "schema.pbtxt").write_text("feature {")
    assert found(spec) == {}


def test_broken_files_are_findings(project: tuple[Path, Write, str]) -> None:
    """Wherever a file is cut off or spoilt: a finding or none, never an exception."""
    spec, write, ending = project
    path = spec.parent / "data" / f"a.{ending}"
    write(path, 20, COLUMNS)
    content = path.read_bytes()
    without_data = check(spec)
    places = 4 * settings().max_examples
    for place in range(0, len(content), max(len(content) // places, 1)):
        for broken in (content[:place], content[:place] + b"\xff\x93" + content[place + 2 :]):
            path.write_bytes(broken)
            told = {each.code for each in check_data(without_data, {}).diagnostics}
            assert told <= {"W761", "W762", "W763", "W766", "W781", "W782", "W783"}
    path.write_bytes(content)
    assert "W766" not in found(spec)


def test_records_that_are_no_examples(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    path.write_bytes(record(b"a line of text"))
    with pytest.raises(DataFileError, match="record 1 is no tf"):
        read_record_file(path)
    path.write_bytes(record(b"\x12\x03\x0a\x01x"))  # of another message, such as a tf.SequenceExample
    assert read_record_file(path) is None
    one = serialized_example({"a": Feature(INTEGERS, [1])})
    zipped = tmp_path / "a.tfrecord.gz"
    zipped.write_bytes(gzip.compress(record(one) * 3 + record(serialized_example({}))))
    table = read_record_file(zipped)
    assert table is not None
    assert (table.columns, table.rows, table.partial, table.sometimes) == (("a",), 4, False, {"a"})
    spec = tmp_path / "pipeline.yaml"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_bytes(record(b"a line of text") * 30)
    text = "".join(SPEC.replace("FORMAT", "ImportExampleGen").splitlines(keepends=True)[:4])
    spec.write_text(text)
    assert found(spec).keys() == {"W766"}
    spec.write_text(text.replace("data}", "data, payload_format: 11}"))
    assert found(spec) == {}


def test_columns_of_other_types(tmp_path: Path) -> None:
    """A date, a decimal or a list is no number, though it is stored as one."""
    import datetime
    import decimal

    import fastavro
    import pyarrow
    from pyarrow import parquet

    values: dict[str, Any] = {
        "flag": True,
        "day": datetime.date(2026, 1, 1),
        "time": datetime.datetime(2026, 1, 1),
        "price": decimal.Decimal("1.5"),
        "list": [1, 2],
        "record": {"inner": 1, "deeper": {"x": 1.0}},
        "text": "é",
        "bytes": b"\xff",
        "small": 3,
    }
    path = tmp_path / "a.parquet"
    table = pyarrow.Table.from_pylist([values] * 7)
    table = table.set_column(8, "small", pyarrow.array([3] * 7, pyarrow.uint8()))
    parquet.write_table(table, str(path))
    read = read_parquet_file(path)
    assert read is not None
    assert (list(read.columns), read.rows) == (list(values), 7)
    assert read.kinds == {"flag": "INT", "text": "BYTES", "bytes": "BYTES", "small": "INT"}
    day = {"type": "int", "logicalType": "date"}
    fields = [{"name": "day", "type": day}, {"name": "either", "type": ["int", "string"]}]
    with (tmp_path / "a.avro").open("wb") as stream:
        fastavro.writer(stream, fastavro.parse_schema({"type": "record", "name": "r", "fields": fields}), [])
    avro = read_avro_file(tmp_path / "a.avro")
    assert avro is not None
    assert (avro.columns, avro.kinds) == (("day", "either"), {})


def test_no_library_is_imported_for_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write_parquet(tmp_path / "data" / "a.parquet", 30, COLUMNS)
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(SPEC.replace("FORMAT", "ParquetExampleGen"))
    code = (
        "import sys; from pathlib import Path; from tfxc.compiler.driver import check;"
        f"assert check(Path({str(spec)!r}), look_at_data=True).diagnostics;"
        "assert not {'pyarrow', 'numpy', 'fastavro'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
