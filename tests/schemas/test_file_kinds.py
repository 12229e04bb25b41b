"""What files are by their bytes, and what a pattern matches that is no data."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.schemas.csv_files import read_csv_file
from tfxc.schemas.data_files import DataFileError, check_matches, nearest, split_as_pattern
from tfxc.schemas.file_kinds import check_kind, kind_of, record_length
from tfxc.schemas.input_data import read_input

RECORD = bytes.fromhex("0500000000000000eab2043e68656c6c6fbe2b5bf7")
"""``hello`` as TensorFlow's TFRecordWriter writes it."""
CSV = b"kind,minutes\na,1\nb,2\n"


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (RECORD, "records"),
        (CSV, "csv"),
        (b"PAR1....", "parquet"),
        (b"Obj\x01....", "avro"),
        (b"PK\x03\x04..", "zip"),
        (gzip.compress(CSV, mtime=0), "gzip"),
        (b"\0\1\2", "binary"),
        ("a,b".encode("utf-16"), "csv"),
        (b"", "csv"),
    ],
)
def test_kinds(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


def test_the_length_of_a_record() -> None:
    assert record_length(RECORD) == 5
    assert record_length(RECORD[:11]) is None
    assert record_length(struct.pack("<QI", 5, 0)) is None


@pytest.mark.parametrize(
    ("name", "compress"),
    [("a.csv.gz", gzip.compress), ("a.csv.bz2", bz2.compress), ("a.csv.XZ", lzma.compress)],
)
def test_compressed_csv_is_read(tmp_path: Path, name: str, compress: Callable[[bytes], bytes]) -> None:
    assert read_csv_file(write(tmp_path / name, compress(CSV))).columns == ("kind", "minutes")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", CSV.replace(b"\n", b"\r"), "ends its lines with CR alone"),
        ("a.csv", b'kind,"min\nutes"\na,1\n', "line 1 has a quotation mark that is not closed in it"),
        ("a.csv", CSV + b"\xe4,1\n", "line 4 is not UTF-8 text"),
        ("a.csv", CSV.replace(b",", b";"), "is separated by semicolons"),
        ("a.csv", b"5.1,3.5,4\n4.9,3.0,3\n5.7,3.6,5\n5.0,3.2,6\n", "begins without names of columns"),
        ("a.csv", b"a,b,a\nb,a,a\na,b,b\nb,b,a\n", "begins without names of columns"),
        (
            "a.csv",
            gzip.compress(CSV, mtime=0),
            "is a gzip file, which TFX would not decompress: give",
        ),
        ("a.csv.gz", CSV, "is called .gz, but is not compressed"),
        ("a.csv.gz", gzip.compress(CSV * 9, mtime=0)[:20], "cannot be decompressed"),
        ("a.csv", RECORD, "is a TFRecord file, not CSV: ImportExampleGen reads TFRecords"),
        ("a.csv", b"PK\x03\x04", "is a ZIP archive, as Excel's workbooks are, not CSV: save it as CSV"),
    ],
)
def test_csv_that_would_be_read_wrongly(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(DataFileError) as raised:
        read_csv_file(write(tmp_path / name, content))
    assert f"{tmp_path}/{name}" in str(raised.value)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    "content", [CSV, CSV.replace(b"\n", b"\r\n"), CSV + b'"x\ny",3\n', "ä,b\nö,1\n".encode()]
)
def test_good_csv(tmp_path: Path, content: bytes) -> None:
    assert read_csv_file(write(tmp_path / "a.csv", content)).has_rows


def test_text_that_is_cut_within_a_character(tmp_path: Path) -> None:
    names = ",".join(f"ä{number}" for number in range(200_000))
    for beginning in ("", "b"):
        assert not read_csv_file(write(tmp_path / "a.csv", f"{beginning}{names}\n1\n".encode())).has_rows


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("records", CSV, "is a text file, not TFRecords"),
        ("records", RECORD * 3 + RECORD[:-1], "is cut off in record 4"),
        ("records", RECORD + b"\0" * 30, "record 2 is broken"),
        ("records", gzip.compress(RECORD, mtime=0), "is a gzip file"),
        ("parquet", CSV, "is a text file, not Parquet"),
        ("parquet", b"PAR1...........", "is a Parquet file that is cut off"),
        ("parquet", b"", "is empty, and so no Parquet file"),
        ("avro", b"PAR1........PAR1", "is a Parquet file, not Avro: ParquetExampleGen reads Parquet"),
    ],
)
def test_other_kinds(tmp_path: Path, kind: str, content: bytes, words: str) -> None:
    with pytest.raises(DataFileError) as raised:
        read_input(write(tmp_path / "data", content).parent, [("", "*")], kind)
    assert words in str(raised.value)
    assert raised.value.code == "W766"


def test_good_files_of_other_kinds(tmp_path: Path) -> None:
    check_kind(write(tmp_path / "a", RECORD * 3), "records")
    check_kind(write(tmp_path / "a.gz", gzip.compress(RECORD, mtime=0)), "records")
    check_kind(write(tmp_path / "b", b""), "records")
    check_kind(write(tmp_path / "c", b"PAR1....PAR1"), "parquet")
    check_kind(write(tmp_path / "d", b"Obj\x01...."), "avro")
    assert len(read_input(tmp_path, [("", "*")], "other").splits[0].paths) == 5


@pytest.mark.parametrize("name", ["_SUCCESS", ".a.csv.crc", "_committed_1", "._a.csv", ".DS_Store", "a.csv~"])
def test_what_programs_leave_beside_data(tmp_path: Path, name: str) -> None:
    write(tmp_path / "a.csv.gz", b"")
    write(tmp_path / name, b"")
    with pytest.raises(DataFileError) as raised:
        check_matches(tmp_path, "*")
    assert f"{tmp_path}/{name} is no data" in str(raised.value)
    assert 'pattern: "*.csv.gz"' in str(raised.value)
    check_matches(tmp_path, "a*.gz")


def test_folders_and_files_below_them(tmp_path: Path) -> None:
    write(tmp_path / "2026" / "a.csv", CSV)
    with pytest.raises(DataFileError, match=r'is a folder .* pattern: "\*/\*.csv"'):
        check_matches(tmp_path, "*")
    write(tmp_path / "2026" / "01" / "a.csv", CSV)
    with pytest.raises(DataFileError, match=r"`\*\*/\*.csv` would leave out .*/2026/01/a.csv"):
        check_matches(tmp_path, "**/*.csv")
    assert len(read_input(tmp_path, [("", "**/*.csv")], "other").splits[0].paths) == 2


def test_a_path_that_is_a_pattern(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", CSV)
    assert split_as_pattern(tmp_path / "*.csv") == (tmp_path, "*.csv")
    assert split_as_pattern(tmp_path / "a.csv") == (tmp_path, "a.csv")
    assert split_as_pattern(tmp_path / "*" / "b-?.csv") == (tmp_path, "*/b-?.csv")
    assert split_as_pattern(tmp_path / "none" / "*.csv") is None
    assert split_as_pattern(tmp_path / "none") is None
    assert split_as_pattern(tmp_path / ("x" * 5000)) is None


def test_what_there_is_instead(tmp_path: Path) -> None:
    assert nearest(tmp_path, "*.csv") == "it is empty"
    write(tmp_path / "visits" / "a.tsv", b"")
    assert nearest(tmp_path, "visit/*.csv") == "there is `visits`"
    assert nearest(tmp_path, "visits/*.csv") == f"in {tmp_path}/visits there is `a.tsv`"
