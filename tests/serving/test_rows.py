"""Rows of files and answers as text, without a model."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tfxc.backends.serving.answers import explained, lines_of
from tfxc.backends.serving.rows import format_of, read_rows
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.tf_records import RecordError, read_records, record


@pytest.mark.parametrize(
    ("name", "wanted", "found"),
    [
        ("a.csv", None, "csv"),
        ("a.csv.gz", None, "csv"),
        ("a.JSONL", None, "jsonl"),
        ("data_tfrecord-00000-of-00001.gz", None, "tfrecord"),
        ("-", "csv", "csv"),
    ],
)
def test_formats_are_told_by_names(name: str, wanted: str | None, found: str) -> None:
    assert format_of(name, wanted) == found


def test_unknown_formats_are_a_sentence() -> None:
    with pytest.raises(WrongUse, match="say --format with csv, jsonl, tfrecord"):
        format_of("a.txt", None)
    with pytest.raises(WrongUse, match="--format xml: there are"):
        format_of("a.txt", "xml")


@pytest.mark.parametrize(
    ("format_name", "content", "reason"),
    [
        ("csv", b"", "is empty: its first line must name the columns"),
        ("csv", b"a,a\n1,2\n", "two columns are named `a`"),
        ("csv", b"a,b\n1\n", ":2: 1 value, but 2 columns"),
        ("csv", b"a\n\xff\n", "is not UTF-8"),
        ("jsonl", b'{"a": 1}\n{"a"\n', ":2: it is no JSON"),
        ("jsonl", b"[1]\n", ":1: each line must be an object"),
        ("tfrecord", b"no record at all", "is no TFRecord file, or is damaged"),
        ("tfrecord", record(b"abc")[:-2], "ends within a record"),
    ],
)
def test_wrong_files_are_a_sentence(tmp_path: Path, format_name: str, content: bytes, reason: str) -> None:
    file = tmp_path / "rows"
    file.write_bytes(content)
    with pytest.raises(Failure, match=reason):
        list(read_rows(str(file), format_name))


def test_rows_are_read(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text('\ufeffa,b\n1,"x, y"\n\n2,\n', encoding="utf-8")
    assert [row.content for row in read_rows(str(table), "csv")] == [
        {"a": "1", "b": "x, y"},
        {"a": "2", "b": ""},
    ]
    records = tmp_path / "a.gz"
    records.write_bytes(gzip.compress(record(b"one") + record(b"")))
    assert [row.content for row in read_rows(str(records), "tfrecord")] == [b"one", b""]
    with pytest.raises(RecordError):
        list(read_records(table))


def test_answers_are_shown() -> None:
    answers = [{"p": [0.25, 1e-7], "label": ["a"]}, {"p": [1.0, 0.0], "label": ["long\n"]}]
    assert list(lines_of(iter(answers), "text")) == [
        "p              label\n",
        "-------------  ------\n",
        "[0.25, 1e-07]  a\n",
        "[1, 0]         long\\n\n",
    ]
    assert list(lines_of(iter(answers[:1]), "csv")) == ['p,label\n"[0.25, 1e-07]",a\n']
    assert list(lines_of(iter(answers[:1]), "jsonl")) == ['{"p": [0.25, 1e-07], "label": ["a"]}\n']
    assert list(lines_of(iter(()), "text")) == []
    with pytest.raises(WrongUse, match="there are text, jsonl, csv"):
        lines_of(iter(()), "xml")


def test_signatures_are_explained() -> None:
    said = {
        "folder": "serving/1",
        "signature": "serving_default",
        "method": "tensorflow/serving/predict",
        "takes_examples": True,
        "inputs": [{"name": "mass", "type": "float", "shape": ()}],
        "outputs": [
            {"name": "p", "type": "float", "shape": (3,)},
            {"name": "s", "type": "string", "shape": None},
        ],
    }
    assert explained(said) == (
        "model      serving/1\nsignature  serving_default (tensorflow/serving/predict)\n\n"
        "takes serialised tf.Examples with these features:\n  mass  float\n\n"
        "gives:\n  p  float[3]\n  s  string of any shape\n"
    )
