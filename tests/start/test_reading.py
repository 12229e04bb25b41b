"""What is seen in data files, whatever they are."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.start.columns import Kind
from tfxc.compiler.start.names import fit_names, pipeline_name
from tfxc.compiler.start.reading.read import read_table
from tfxc.compiler.start.reading.table import Table
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.tf_examples import (
    BYTES,
    FLOATS,
    INTEGERS,
    Feature,
    NoExampleError,
    parse_example,
    serialized_example,
)
from tfxc.schemas.tf_records import record

Encode = Callable[[Mapping[str, Sequence[Any]]], bytes]


def table_of(folder: Path, text: str, encoding: str = "utf-8", **options: Any) -> Table:
    path = folder / "rows.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, **options)


def kinds(table: Table) -> list[str]:
    return [column.kind.value for column in table.columns]


PLAIN = "kind,size,when,share\n" + "".join(
    f"{'ab'[n % 2]},{n % 7},2024-01-{n % 28 + 1:02d},{n / 8}\n" for n in range(40)
)


def test_a_plain_file_is_taken_as_it_is(tmp_path: Path) -> None:
    table = table_of(tmp_path, PLAIN)
    assert kinds(table) == ["text", "integer", "date", "number"]
    assert (table.number_of_rows, table.notes, table.reasons) == (40, (), ())
    assert table.columns[0].counts == (("a", 20), ("b", 20))
    assert (table.columns[1].minimum, table.columns[1].maximum) == (0, 6)


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_another_separator_is_told(tmp_path: Path, separator: str, word: str) -> None:
    table = table_of(tmp_path, PLAIN.replace(",", separator))
    assert kinds(table) == ["text", "integer", "date", "number"]
    assert table.notes == (f"its values are separated by {word}",)
    assert table.reasons


def test_a_separator_may_be_said(tmp_path: Path) -> None:
    text = PLAIN.replace(",", "~")
    with pytest.raises(Failure, match="one column only"):
        table_of(tmp_path, text)
    assert len(table_of(tmp_path, text, separator="~").columns) == 4


def test_a_missing_header_is_told_and_can_be_said(tmp_path: Path) -> None:
    rows = PLAIN.split("\n", 1)[1]
    table = table_of(tmp_path, rows)
    assert [column.name for column in table.columns] == ["column_1", "column_2", "column_3", "column_4"]
    assert table.number_of_rows == 40
    assert "it has no header" in table.notes[0]
    assert table_of(tmp_path, rows, has_header=True).number_of_rows == 39
    assert table_of(tmp_path, PLAIN, has_header=False).number_of_rows == 41


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8-sig", "it begins with a byte order mark"),
        ("utf-16", "it is UTF-16"),
        ("cp1252", "it is not UTF-8, and was read as Windows-1252"),
    ],
)
def test_encodings_are_told(tmp_path: Path, encoding: str, note: str) -> None:
    table = table_of(tmp_path, PLAIN.replace("kind", "größe"), encoding)
    assert table.notes == (note,)
    assert table.columns[0].source == "größe"
    assert table.columns[0].name == "grosse"


def test_a_compressed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    table = read_table(path)
    assert (table.number_of_rows, table.notes) == (40, ("it is compressed",))
    path.write_bytes(gzip.compress(PLAIN.encode())[:60])
    with pytest.raises(Failure, match="damaged or cut off"):
        read_table(path)


def test_gaps_and_stray_words_are_told(tmp_path: Path) -> None:
    lines = [f"{n},{'NA' if n % 10 == 0 else n / 4},x" for n in range(50)]
    lines[7] = "sold out,1.5, y "
    table = table_of(tmp_path, "number,share,kind\n" + "\n".join(lines))
    assert kinds(table) == ["integer", "number", "text"]
    assert table.columns[0].stray == ("sold out",)
    assert [column.missing for column in table.columns] == [1, 5, 0]
    assert table.notes == ("`NA` stands for a gap",)
    assert table.reasons == ("gaps that are empty", "no blanks around values")
    assert table.columns[2].counts == (("x", 49), ("y", 1))


def test_numbers_that_are_none_are_gaps(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a,b\n" + "1.5,2\n" * 20 + "nan,3\n")
    assert (table.columns[0].kind, table.columns[0].missing) == (Kind.NUMBER, 1)
    table = table_of(tmp_path, "a,b\n" + "1.5,2\n" * 20 + "1e999,3\n")
    assert table.columns[0].stray == ("1e999",)


def test_decimal_commas_are_numbers_where_commas_do_not_separate(tmp_path: Path) -> None:
    table = table_of(tmp_path, "a;b\n" + "".join(f"{n},5;x{n % 3}\n" for n in range(30)))
    assert kinds(table) == ["number", "text"]
    assert table.columns[0].has_decimal_comma
    assert table.columns[0].maximum == 29.5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n", "no rows"),
        (b"a,b\n1,2\n1,2,3\n1,2\n", "line 3: there are 3 values, but 2 columns"),
        (b"only\n1\n2\n", "one column only"),
        (b"\x89PNG\x00\x01", "is no text"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(Failure, match=said):
        read_table(path)


@pytest.mark.parametrize("name", ["rows.xlsx", "rows.json", "rows.zip"])
def test_other_kinds_of_files_are_wrong_use(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"what it is")
    with pytest.raises(WrongUse, match="save the data as CSV"):
        read_table(tmp_path / name)
    with pytest.raises(WrongUse, match="there is no file"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(WrongUse, match="is no file"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("names", "fit"),
    [
        (["a", "b_2"], ("a", "b_2")),
        (["bill length (mm)", "bill/length mm"], ("bill_length_mm", "bill_length_mm_2")),
        (["a", "a", "a_2"], ("a", "a_3", "a_2")),
        (["2019", "", "größe", "日本"], ("_2019", "column_2", "grosse", "column_4")),
        (["a b", "a_b"], ("a_b_2", "a_b")),
    ],
)
def test_names_are_made_fit(names: Sequence[str], fit: tuple[str, ...]) -> None:
    assert fit_names(names) == fit


def test_a_pipeline_is_named_like_its_folder() -> None:
    assert pipeline_name("My_Data 2024!") == "my-data-2024"
    assert pipeline_name("日本") == "pipeline"
    assert len(pipeline_name("x" * 99)) == 63


def test_parquet_becomes_rows_of_text(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    import datetime

    from pyarrow import parquet

    rows = [
        {
            "count": n % 3,
            "share": n / 4 if n else None,
            "flag": n % 2 == 0,
            "day": datetime.date(2024, 1, n % 28 + 1),
            "tags": ["x"] * n,
            "picture": b"\xff\xd8",
        }
        for n in range(30)
    ]
    parquet.write_table(pyarrow.Table.from_pylist(rows), str(tmp_path / "rows.parquet"))
    table = read_table(tmp_path / "rows.parquet")
    assert kinds(table) == ["integer", "number", "integer", "date", "other", "other"]
    assert [column.trouble for column in table.columns[4:]] == ["lists or records", "images or other bytes"]
    assert table.columns[1].missing == 1
    assert "zero" in table.reasons[0]
    assert next(table.rows())[:4] == ["0", None, "1", "2024-01-01"]
    (tmp_path / "rows.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(Failure, match="is no Parquet file"):
        read_table(tmp_path / "rows.parquet")


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    (tmp_path / "rows.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(Failure, match="tfxc\\[tfx\\]"):
        read_table(tmp_path / "rows.parquet")


@pytest.mark.parametrize("zipped", [False, True])
def test_tfrecords_of_examples_are_read(tmp_path: Path, zipped: bool, encode: Encode) -> None:
    examples = [
        {
            "count": [n - 5],
            "share": [n / 4],
            "name": [b"a" if n % 2 else b"b"],
            "code": [b"12"],
            "pixels": [0.5] * 4,
            "ragged": [1] * (n % 3),
            "picture": [b"\xff\xd8\xff"],
            **({"sometimes": [1.5]} if n % 4 else {}),
        }
        for n in range(20)
    ]
    content = b"".join(record(encode(each)) for each in examples)
    path = tmp_path / "rows.tfrecord"
    path.write_bytes(gzip.compress(content) if zipped else content)
    table = read_table(path)
    found = {column.name: column for column in table.columns}
    assert {name: column.kind.value for name, column in found.items()} == {
        "count": "integer",
        "share": "number",
        "name": "text",
        "code": "text",
        "pixels": "numbers",
        "ragged": "other",
        "picture": "other",
        "sometimes": "number",
    }
    assert (found["count"].minimum, found["count"].maximum) == (-5, 14)
    assert found["pixels"].length == 4
    assert found["sometimes"].missing == 5


def test_what_are_no_examples_is_refused(tmp_path: Path, encode: Encode) -> None:
    path = tmp_path / "rows.tfrecord"
    for content, said in (
        (record(b"\x00nothing"), "record 1 is no tf.Example"),
        (b"what it is, is no record", "no TFRecord file"),
        (b"", "is empty"),
        (record(encode({"a/b": [1]})), "cannot be the name of a model's input"),
    ):
        path.write_bytes(content)
        with pytest.raises(Failure, match=said):
            read_table(path)


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_cut_example_is_none(cut: int, encode: Encode) -> None:
    whole = encode({"a": [1, 2, 3], "b": [b"text"]})
    with pytest.raises(NoExampleError):
        parse_example(whole[:-cut])


def test_what_is_written_as_an_example_is_read_as_it_was() -> None:
    features = {
        "words": Feature(BYTES, [b"a", b"", bytes(300)]),
        "numbers": Feature(INTEGERS, [0, -1, 2**63 - 1, -(2**63)]),
        "shares": Feature(FLOATS, [0.5, -2.0]),
        "none": Feature(INTEGERS, []),
    }
    assert parse_example(serialized_example(features)) == features
