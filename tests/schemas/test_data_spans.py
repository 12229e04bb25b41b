"""Which span and version is read, and the sentences where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_spans import filled, unfinished_span


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n1\n")
    return folder


@pytest.mark.parametrize(
    ("names", "pattern", "start", "expected"),
    [
        (["span-1/a", "span-12/a", "span-3/a"], "span-{SPAN}/*", None, "span-12/*"),
        (["001/a", "012/a"], "{SPAN:3}/*", None, "012/*"),
        (["1/v1/a", "2/v9/a", "2/v10/a"], "{SPAN}/v{VERSION}/*", None, "2/v10/*"),
        (["1/v01/a", "1/v02/a"], "{SPAN}/v{VERSION:2}/*", None, "1/v02/*"),
        (["2025-12-31/a", "2026-01-01/a"], "{YYYY}-{MM}-{DD}/*", None, "2026-01-01/*"),
        (["20260101.csv", "20251231.csv"], "{YYYY}{MM}{DD}.csv", None, "20260101.csv"),
        (["1/a", "2/a"], "{SPAN}/*", 1, "1/*"),
        (["1/a", "2/a", "old/a"], "{SPAN}/*", 1, "1/*"),
        (["2026-01-01/a", "2026-01-02/a"], "{YYYY}-{MM}-{DD}/*", 20454, "2026-01-01/*"),
        (["1/a", "old"], "{SPAN}/*", None, "1/*"),
        (["a"], "*", None, "*"),
    ],
)
def test_the_span_that_is_read(
    tmp_path: Path, names: list[str], pattern: str, start: int | None, expected: str
) -> None:
    assert filled(write(tmp_path, *names), [("all", pattern)], start) == [("all", expected)]


@pytest.mark.parametrize(
    ("names", "pattern", "start", "words"),
    [
        (
            ["span-1/a", "other/a"],
            "day-{SPAN}/*",
            None,
            "in {folder} matches `day-{SPAN}/*` (split `all`): ",
        ),
        (["span-1/a.txt"], "span-{SPAN}/*.csv", None, "in {folder}/span-1 there is `a.txt`"),
        (
            ["1/a", "2/a"],
            "{SPAN}/*",
            7,
            "is of span 7 (split `all`), which `range_config` names",
        ),
        (["1/a"], "{SPAN}/*", 7, "there is span `1`"),
        (["2026-01-01/a"], "{YYYY}-{MM}-{DD}/*", 1, "is of span 1 (1970-01-02)"),
        (["span-old/a", "span-1/a"], "span-{SPAN}/*", None, "but `old` is no number, as {SPAN} must be"),
        (["2026-02-30.csv"], "{YYYY}-{MM}-{DD}.csv", None, "2026-02-30 is no date"),
        (["007/a"], "{SPAN}/*", None, "write {SPAN:3}"),
        (["1/v01/a"], "{SPAN}/v{VERSION}/*", None, "write {VERSION:2}"),
        (["100/a"], "{SPAN:2}/*", None, "100/a has no number of the width"),
        (["1/a"], "{SPAN}/v{VERSION}/*", None, "in {folder}/1 there is `a`"),
    ],
)
def test_why_there_is_none(
    tmp_path: Path, names: list[str], pattern: str, start: int | None, words: str
) -> None:
    with pytest.raises(DataFileError) as raised:
        filled(write(tmp_path, *names), [("all", pattern)], start)
    assert words.replace("{folder}", str(tmp_path)) in str(raised.value)
    assert raised.value.code == "W767"


def test_all_splits_are_of_one_span_and_version(tmp_path: Path) -> None:
    write(tmp_path, "train-1/a", "train-2/a", "eval-1/a")
    with pytest.raises(DataFileError, match=r"span of the split `eval` in .* is 1, of `train` it is 2"):
        filled(tmp_path, [("train", "train-{SPAN}/*"), ("eval", "eval-{SPAN}/*")], None)
    splits = [("train", "train-{SPAN}/*"), ("eval", "eval-{SPAN}/*")]
    assert filled(tmp_path, splits, 1) == [("train", "train-1/*"), ("eval", "eval-1/*")]


def test_a_later_span_without_files_is_told(tmp_path: Path) -> None:
    write(tmp_path, "1/a.csv", "2/part")
    told = unfinished_span(tmp_path, "{SPAN}/*.csv", None)
    assert told == f"{tmp_path}/2 has no file that matches `*.csv`, so that span 1 is read, not 2"
    assert unfinished_span(tmp_path, "{SPAN}/*.csv", 1) is None
    assert unfinished_span(tmp_path, "{SPAN}/*", None) is None
    assert unfinished_span(tmp_path, "{SPAN}.csv", None) is None
