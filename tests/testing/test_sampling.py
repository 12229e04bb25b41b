"""Samples: the same rows every time, of every kind of file, under the names that patterns ask for."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.testing.sample.choose import chosen_files, chosen_rows
from tfxc.compiler.testing.sample.take import SplitSample, take_sample
from tfxc.schemas.failures import Failure
from tfxc.schemas.tf_records import read_records, record


def taken(
    folder: Path,
    target: Path,
    splits: Sequence[tuple[str, str]] = (("", "*"),),
    input_format: str = "csv",
    rows: int = 10,
    span: int | None = None,
) -> list[SplitSample]:
    return take_sample("gen", folder, splits, input_format, span, target, rows)


@given(st.lists(st.integers(0, 50), max_size=8), st.integers(1, 60))
def test_as_many_rows_are_chosen_as_asked_and_the_same_again(counts: list[int], most: int) -> None:
    chosen = chosen_rows(counts, most)
    assert sum(map(len, chosen)) == min(most, sum(counts))
    assert all(0 <= row < count for rows, count in zip(chosen, counts, strict=True) for row in rows)
    assert chosen_rows(counts, most) == chosen


def test_rows_are_chosen_from_everywhere() -> None:
    (rows,) = chosen_rows([10_000], 1000)
    assert sum(row < 5000 for row in rows) in range(400, 600)


def test_files_are_chosen_evenly_and_within_their_bounds() -> None:
    assert chosen_files([10] * 10, 5, 1000) == [0, 2, 4, 6, 8]
    assert chosen_files([10] * 10, 100, 35) == [0, 3, 6]
    assert chosen_files([1000, 1], 100, 10) == [0]
    assert chosen_files([], 5, 10) == []


def write_csv(path: Path, rows: int, word: str = "row") -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f'{number},"{word}\n{number}"' for number in range(rows)]
    path.write_text("\n".join(["id,text", *lines]) + "\n")
    return lines


def csv_rows(text: str) -> list[str]:
    """Returns rows of two lines each."""
    lines = text.splitlines()[1:]
    return ["\n".join(pair) for pair in zip(lines[::2], lines[1::2], strict=True)]


def test_rows_of_several_lines_stay_whole(tmp_path: Path) -> None:
    lines = write_csv(tmp_path / "in" / "a.csv", 50)
    (sample,) = taken(tmp_path / "in", tmp_path / "out")
    assert (sample.rows, sample.of_rows, sample.is_whole) == (10, 50, False)
    text = (tmp_path / "out" / "a.csv").read_text()
    assert text.startswith("id,text\n")
    found = csv_rows(text)
    assert len(found) == 10
    assert [row for row in lines if row in found] == found


def test_a_quotation_mark_too_many_does_not_take_the_rest_with_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    lines = ["id,text", '1,5" wide', *(f"{number},x" for number in range(2, 2000))]
    (tmp_path / "in" / "a.csv").write_text("\n".join(lines) + "\n")
    (sample,) = taken(tmp_path / "in", tmp_path / "out")
    assert sample.rows == 10
    assert len((tmp_path / "out" / "a.csv").read_text().splitlines()) < 200


def test_small_files_are_copied_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    content = b"\xef\xbb\xbfid;text\r\n\r\n1;\xff\r\n"
    (tmp_path / "in" / "odd.csv").write_bytes(content)
    (sample,) = taken(tmp_path / "in", tmp_path / "out")
    assert sample.is_whole
    assert (tmp_path / "out" / "odd.csv").read_bytes() == content


@pytest.mark.parametrize("ending", ["", ".gz", ".bz2", ".xz"])
def test_compressed_files_give_compressed_samples_the_same_each_time(ending: str, tmp_path: Path) -> None:
    from tfxc.schemas.file_kinds import open_data

    plain = tmp_path / "plain.csv"
    write_csv(plain, 40)
    (tmp_path / "in").mkdir()
    packed = tmp_path / "in" / f"a.csv{ending}"
    _pack(packed, plain.read_bytes())
    for target in ("one", "two"):
        taken(tmp_path / "in", tmp_path / target)
    sample = tmp_path / "one" / packed.name
    with open_data(sample) as stream:
        assert len(csv_rows(stream.read().decode())) == 10
    assert sample.read_bytes() == (tmp_path / "two" / packed.name).read_bytes()


def _pack(path: Path, content: bytes) -> None:
    import bz2
    import lzma

    packers = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    path.write_bytes(packers.get(path.suffix, bytes)(content))


def test_only_the_span_and_version_that_would_be_read_are_there(tmp_path: Path) -> None:
    for name in ("span-1/v1", "span-2/v1", "span-2/v3", "span-10/v2"):
        for split in ("train", "eval"):
            write_csv(tmp_path / "in" / name / f"{split}.csv", 5, name)
    splits = [(name, f"span-{{SPAN}}/v{{VERSION}}/{name}.csv") for name in ("train", "eval")]
    samples = taken(tmp_path / "in", tmp_path / "latest", splits)
    assert [(sample.split, sample.rows) for sample in samples] == [("train", 5), ("eval", 5)]
    assert _files(tmp_path / "latest") == ["span-10/v2/eval.csv", "span-10/v2/train.csv"]
    taken(tmp_path / "in", tmp_path / "asked", splits, span=2)
    assert _files(tmp_path / "asked") == ["span-2/v3/eval.csv", "span-2/v3/train.csv"]


def test_splits_have_rows_of_their_own_and_may_share_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_csv(tmp_path / "in" / f"{name}.csv", 30)
    splits = [("all", "*.csv"), ("one", "a.csv")]
    samples = taken(tmp_path / "in", tmp_path / "out", splits, rows=40)
    shared = len(csv_rows((tmp_path / "out" / "a.csv").read_text()))
    assert [(each.rows, each.of_rows, each.of_files) for each in samples] == [(40, 60, 2), (shared, 30, 1)]


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_records_keep_their_bytes(ending: str, tmp_path: Path) -> None:
    contents = [f"record {number}".encode() for number in range(30)]
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / f"a.tfrecord{ending}"
    _pack(path, b"".join(map(record, contents)))
    (sample,) = taken(tmp_path / "in", tmp_path / "out", input_format="records")
    copy = tmp_path / "out" / path.name
    raw = gzip.decompress(copy.read_bytes()) if ending else copy.read_bytes()
    (tmp_path / "raw").write_bytes(raw)
    found = list(read_records(tmp_path / "raw"))
    assert (sample.rows, sample.of_rows) == (10, 30)
    assert [content for content in contents if content in found] == found
    assert raw == b"".join(map(record, found))


def test_parquet_and_avro_keep_their_types(tmp_path: Path) -> None:
    fastavro = pytest.importorskip("fastavro")
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"id": number, "word": None if number % 7 == 0 else f"w{number}"} for number in range(100)]
    (tmp_path / "p").mkdir()
    (tmp_path / "a").mkdir()
    table = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema({"id": "int32", "word": "string"}))
    parquet.write_table(table, str(tmp_path / "p" / "x.parquet"), row_group_size=13)
    fields = [{"name": "id", "type": "int"}, {"name": "word", "type": ["null", "string"]}]
    schema = {"type": "record", "name": "Row", "fields": fields}
    with (tmp_path / "a" / "x.avro").open("wb") as stream:
        fastavro.writer(stream, schema, rows, codec="deflate")
    taken(tmp_path / "p", tmp_path / "pq", input_format="parquet")
    taken(tmp_path / "a", tmp_path / "av", input_format="avro")
    copy = parquet.read_table(str(tmp_path / "pq" / "x.parquet"))
    assert copy.schema.equals(table.schema)
    with (tmp_path / "av" / "x.avro").open("rb") as stream:
        assert list(fastavro.reader(stream)) == copy.to_pylist()
    assert [row for row in rows if row in copy.to_pylist()] == copy.to_pylist()
    assert len(copy) == 10


def test_files_that_cannot_be_taken_apart_are_copied_whole_or_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.json").write_text("{}")
    (sample,) = taken(tmp_path / "in", tmp_path / "out", input_format="other")
    assert (sample.rows, sample.is_whole) == (None, True)
    monkeypatch.setattr("tfxc.compiler.testing.sample.take.MOST_WHOLE", 1)
    with pytest.raises(Failure, match="--whole gen"):
        taken(tmp_path / "in", tmp_path / "more", input_format="other")


@pytest.mark.parametrize(
    ("input_format", "name", "content"),
    [
        ("records", "a.tfrecord", b"no record at all, but long enough"),
        ("csv", "a.csv.gz", b"not compressed"),
        ("parquet", "a.parquet", b"PAR1 and no more"),
        ("avro", "a.avro", b"Obj\x01 and no more"),
    ],
)
def test_a_broken_file_is_a_sentence_with_its_name(
    input_format: str, name: str, content: bytes, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    with pytest.raises(Failure, match=name):
        taken(tmp_path / "in", tmp_path / "out", input_format=input_format)


def test_a_pattern_without_files_says_what_there_is(tmp_path: Path) -> None:
    write_csv(tmp_path / "in" / "train.csv", 3)
    with pytest.raises(Failure, match=r"matches `trian.csv`.*train\.csv"):
        taken(tmp_path / "in", tmp_path / "out", [("train", "trian.csv")])


def test_the_order_of_a_large_file_is_kept(tmp_path: Path) -> None:
    dice = random.Random(1)
    (tmp_path / "in").mkdir()
    rows = [f"{dice.random()},{number}" for number in range(3000)]
    (tmp_path / "in" / "a.csv").write_text("\n".join(["x,y", *rows]))
    taken(tmp_path / "in", tmp_path / "out", rows=500)
    found = (tmp_path / "out" / "a.csv").read_text().split("\n")[1:-1]
    numbers = [int(row.split(",")[1]) for row in found]
    assert numbers == sorted(numbers)
