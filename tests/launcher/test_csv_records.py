"""Rows of CSV that are written together are what TFX writes of each, and come into the same splits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.tfx

INTEGERS = st.integers(-(2**63), 2**63 - 1).map(lambda number: str(number).encode())
FLOATS = st.floats().map(lambda number: str(number).encode())
TEXTS = st.binary(max_size=300)
COLUMNS = {"INT": INTEGERS, "FLOAT": FLOATS, "STRING": TEXTS, "UNKNOWN": st.just(b"")}


def columns(*kinds: tuple[str, str]) -> list[Any]:
    from tfx_bsl.coders import csv_decoder

    return [csv_decoder.ColumnInfo(name, getattr(csv_decoder.ColumnType, kind)) for name, kind in kinds]


def one_by_one(infos: list[Any], rows: list[list[bytes]]) -> list[bytes]:
    """Returns the records as TFX takes a row's split from them."""
    from tfx.components.example_gen.csv_example_gen import executor

    maker = executor._ParsedCsvToTfExample()
    made = [example for row in rows for example in maker.process(row, infos)]
    return [example.SerializeToString(deterministic=True) for example in made]


def together(infos: list[Any], rows: list[list[bytes]]) -> list[bytes]:
    """Returns the records of a bundle of rows."""
    from tfxc.backends.launcher.speed.csv_records import RowsToRecords

    maker = RowsToRecords()
    made = [record for row in rows for record in maker.process(row, infos)]
    return made + [left.value for left in maker.finish_bundle()]


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[list[bytes]]]:
    """Returns columns, with what they are, and rows."""
    names = draw(st.lists(st.text(max_size=8), min_size=1, max_size=5))
    kinds = [draw(st.sampled_from(sorted(COLUMNS))) for _ in names]
    cells = [st.just(b"") | COLUMNS[kind] for kind in kinds]
    return list(zip(names, kinds, strict=True)), draw(st.lists(st.tuples(*cells).map(list), max_size=6))


@given(tables())
def test_rows_become_the_same_records(table: tuple[list[tuple[str, str]], list[list[bytes]]]) -> None:
    names, rows = table
    infos = columns(*names)
    assert together(infos, rows) == one_by_one(infos, rows)


def test_numbers_at_the_edge_of_what_can_be_written_are_the_same() -> None:
    infos = columns(("whole", "INT"), ("number", "FLOAT"))
    numbers = ["1e300", "-1e39", "nan", "inf", "-inf", "-0.0", "1e-50", "7e-46", "1_0.5", " 1 "]
    numbers += ["3.4028235677973366e38", "-3.4028235677973366e38", "3.402823567797337e38", "", "1E5"]
    wholes = ["9223372036854775807", "-9223372036854775808", "1_0", "+5", " 007 "] * 3
    rows = [[whole.encode(), number.encode()] for whole, number in zip(wholes, numbers, strict=True)]
    assert together(infos, rows) == one_by_one(infos, rows)


def test_any_name_is_the_same() -> None:
    infos = columns(
        ("", "INT"), ("a\0b", "INT"), ("a\0", "FLOAT"), ("\0", "STRING"), ("ü", "STRING"), ("\0\0", "UNKNOWN")
    )
    rows = [[b"1", b"2", b"3.5", b"x", b"y", b""], [b""] * 6]
    assert together(infos, rows) == one_by_one(infos, rows)


def test_long_rows_and_long_cells_are_the_same() -> None:
    infos = columns(*((f"column {number}", "STRING") for number in range(300)))
    rows = [[b"x" * (number * length) for number in range(300)] for length in (0, 1, 70)]
    assert together(infos, rows) == one_by_one(infos, rows)


def test_many_rows_are_all_there_in_their_order() -> None:
    infos = columns(("a", "INT"), ("b", "STRING"))
    rows = [[str(number).encode(), b""] for number in range(30_001)]
    assert together(infos, rows) == one_by_one(infos, rows)


def test_large_cells_are_not_kept_for_long() -> None:
    from tfxc.backends.launcher.speed.csv_records import RowsToRecords

    infos = columns(("text", "STRING"))
    maker = RowsToRecords()
    given = [len(list(maker.process([b"x" * 2**20], infos))) for _ in range(12)]
    assert given == [0, 0, 0, 4] * 3
    assert list(maker.finish_bundle()) == []


def test_blank_lines_are_left_out_and_a_row_of_another_length_is_refused() -> None:
    infos = columns(("a", "INT"), ("b", "STRING"))
    assert together(infos, [[], [b"1", b"x"], []]) == one_by_one(infos, [[b"1", b"x"]])
    assert together(infos, []) == []
    row = [b"1", b"2", b"3"]
    with pytest.raises(ValueError, match="Invalid CSV line") as ours:
        together(infos, [row])
    with pytest.raises(ValueError, match="Invalid CSV line") as tfx:
        one_by_one(infos, [row])
    assert str(ours.value) == str(tfx.value)


def chosen(monkeypatch: pytest.MonkeyPatch, output: dict[str, Any], **properties: Any) -> tuple[Any, Any]:
    """Returns the names of the transforms that TFX's executor and one of a user's own take."""
    from tfx.components.example_gen.csv_example_gen import executor

    from tfxc.backends.launcher.speed import csv_examples

    class Own(executor.Executor):  # type: ignore[misc]
        pass

    # What `lighten` replaces is put back after the test.
    name = "GetInputSourceToExamplePTransform"
    monkeypatch.setattr(executor.Executor, name, getattr(executor.Executor, name))
    assert csv_examples.lighten()
    exec_properties = {"input_base": "data", "output_config": json.dumps(output), **properties}
    taken = [
        kind().GetInputSourceToExamplePTransform()(exec_properties, "*") for kind in (executor.Executor, Own)
    ]
    return type(taken[0]).__name__, type(taken[1]).__name__


def test_an_executor_of_the_users_own_gets_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, {}) == ("CsvToRecords", "_CsvToExample")


def test_a_split_by_a_feature_gets_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = [{"name": "train", "hashBuckets": 2}, {"name": "eval", "hashBuckets": 1}]
    hashed = {"splitConfig": {"splits": splits}}
    assert chosen(monkeypatch, hashed)[0] == "CsvToRecords"
    by_feature = {"splitConfig": {"splits": splits, "partitionFeatureName": "user"}}
    assert chosen(monkeypatch, by_feature)[0] == "_CsvToExample"


def test_other_formats_get_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    from tfx.proto import example_gen_pb2

    formats = example_gen_pb2.PayloadFormat
    assert chosen(monkeypatch, {}, output_data_format=formats.Value("FORMAT_TF_EXAMPLE"))[0] == "CsvToRecords"
    for name in ("FORMAT_PARQUET", "FORMAT_PROTO", "FORMAT_TF_SEQUENCE_EXAMPLE"):
        assert chosen(monkeypatch, {}, output_data_format=formats.Value(name))[0] == "_CsvToExample"
