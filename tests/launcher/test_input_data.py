"""What users' files are like, read by TFX through the launcher: compressed files, stray words, empty splits,
spans."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_spans import filled
from tfxc.schemas.plan import Plan
from tfxc.schemas.tf_records import record

pytestmark = pytest.mark.tfx

SPEC = """
version: 1
name: input-data
components:
  packed: {type: CsvExampleGen, input_base: packed}
  stray: {type: CsvExampleGen, input_base: stray}
  single: {type: CsvExampleGen, input_base: single}
  wide: {type: CsvExampleGen, input_base: wide}
  broken: {type: ImportExampleGen, input_base: broken}
"""
ROWS = "".join(f"{'abc'[number % 3]},{number}.5\n" for number in range(40))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("input_data")
    (path / "pipeline.yaml").write_text(SPEC)
    for name, content in {
        "packed/a.csv.gz": gzip.compress(f"kind,minutes\n{ROWS}".encode()),
        "stray/a.csv": f"kind,minutes\n{ROWS}b,many\n".encode(),
        "single/a.csv": b"kind,minutes\na,1.5\n",
        "wide/a.csv": f'kind,minutes\n"a\nb",1.5\n{ROWS}'.encode(),
        "broken/a.gz": gzip.compress(record(b"no example at all \xff\xff")),
    }.items():
        (path / name).parent.mkdir()
        (path / name).write_bytes(content)
    return path


@pytest.fixture(scope="module")
def run(launcher: Any, plan_of_spec: Callable[[Path], Plan], folder: Path) -> Any:
    opened = launcher.open(plan_of_spec(folder / "pipeline.yaml"), folder)
    return opened, opened.all()


def notes(run: Any, node: str) -> list[str]:
    return [note for note in run[0].summary().notes if note.startswith(f"`{node}`")]


def test_compressed_csv_is_read(run: Any) -> None:
    assert run[1]["packed"].state == "succeeded"
    assert notes(run, "packed") == []


def test_a_word_among_numbers_and_an_empty_split_are_told(run: Any) -> None:
    assert notes(run, "stray") == [
        "`stray`: the column `minutes` became a text feature, because 1 of 41 values is no number "
        "(`many` in stray/a.csv, line 42)"
    ]
    (told,) = notes(run, "single")
    assert "has no example: there is 1 in all" in told


def test_a_value_over_several_lines_is_read(run: Any) -> None:
    assert run[1]["wide"].state == "succeeded"


def test_a_record_that_is_no_example_is_named(run: Any) -> None:
    error = run[1]["broken"].error
    assert "broken/a.gz, record 1: it is no tf.train.Example" in error.message


@pytest.mark.parametrize(
    ("names", "patterns", "start"),
    [
        (["1/a", "2/a", "10/a"], ["{SPAN}/*"], None),
        (["1/a", "2/a"], ["{SPAN}/*"], 1),
        (["1/a", "2/a"], ["{SPAN}/*"], 7),
        (["01/v1/a", "01/v2/a", "02/v1/a"], ["{SPAN:2}/v{VERSION}/*"], None),
        (["1/v1/t", "1/v1/e", "1/v2/t"], ["{SPAN}/v{VERSION}/t", "{SPAN}/v{VERSION}/e"], None),
        (["2025-12-31/a", "2026-01-01/a"], ["{YYYY}-{MM}-{DD}/*"], None),
        (["2025-12-31/a", "2026-01-01/a"], ["{YYYY}-{MM}-{DD}/*"], 20453),
        (["2026-02-30/a"], ["{YYYY}-{MM}-{DD}/*"], None),
        (["1/a", "old/a"], ["{SPAN}/*"], None),
        (["1/a", "old/a"], ["{SPAN}/*"], 1),
        (["100/a", "12/a"], ["{SPAN:2}/*"], None),
        (["day-1.csv", "day-2.csv"], ["day-{SPAN}.csv"], None),
        ([], ["{SPAN}/*"], None),
    ],
)
def test_the_span_is_the_one_that_tfx_reads(
    tmp_path: Path, names: list[str], patterns: list[str], start: int | None
) -> None:
    from tfx.components.example_gen.input_processor import FileBasedInputProcessor
    from tfx.proto import example_gen_pb2, range_config_pb2

    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n1\n")
    splits = [example_gen_pb2.Input.Split(name=f"s{n}", pattern=each) for n, each in enumerate(patterns)]
    ranges = None
    if start is not None:
        static = range_config_pb2.StaticRange(start_span_number=start, end_span_number=start)
        ranges = range_config_pb2.RangeConfig(static_range=static)
    try:
        processor = FileBasedInputProcessor(str(tmp_path), splits, ranges)
        span, version = processor.resolve_span_and_version()
        expected = [processor.get_pattern_for_span_version(each, span, version) for each in patterns]
    except ValueError:
        expected = None
    try:
        found = [
            pattern for _, pattern in filled(tmp_path, [(each.name, each.pattern) for each in splits], start)
        ]
    except DataFileError:
        found = None
    assert found == expected
