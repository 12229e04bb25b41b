"""What is wrong with CSV files, by file and line."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Optional

import pytest

from tfxc.backends.launcher.node.csv_input import broken_line, check
from tfxc.backends.launcher.node.stray_values import notes
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import PlanArgument, PlanNode, StandardComponent


def example_gen(splits: Optional[list[dict[str, str]]] = None, component: str = "CsvExampleGen") -> PlanNode:
    arguments = {"input_base": PlanArgument(value={"$path": "data"})}
    if splits is not None:
        arguments["input_config"] = PlanArgument(
            kind="proto",
            proto="tfx.components.example_gen.Input",
            proto_module="tfx.proto.example_gen_pb2",
            value={"splits": splits},
        )
    return PlanNode(
        id="example_gen", component=StandardComponent(type=component, class_path="m:C"), arguments=arguments
    )


def values(folder: Path) -> Values:
    return Values(parameters={}, run_id="", run_date="", environment={}, folder=str(folder))


def files(folder: Path, **contents: Any) -> Values:
    """Writes ``data/<name>.csv`` for each keyword."""
    (folder / "data").mkdir(parents=True)
    for name, content in contents.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "data" / f"{name}.csv").write_bytes(data)
    return values(folder)


def problem(node: PlanNode, found: Values) -> str:
    with pytest.raises(Failure) as raised:
        check(node, found)
    return str(raised.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert problem(example_gen(), values(tmp_path)) == (
        f"the folder {tmp_path}/data is not there: `input_base` names it."
    )


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a,b\n1,2\n")
    assert "is a file: `input_base` must name the folder" in problem(example_gen(), values(tmp_path))


def test_a_pattern_in_place_of_the_folder(tmp_path: Path) -> None:
    files(tmp_path, a="x\n1\n")
    node = example_gen()
    node.arguments["input_base"] = PlanArgument(value={"$path": "data/*.csv"})
    assert f'{tmp_path}/data, and `input_config: {{splits: [{{name: all, pattern: "*.csv"}}]}}`' in problem(
        node, values(tmp_path)
    )


def test_no_file_that_matches(tmp_path: Path) -> None:
    found = files(tmp_path, a="x\n1\n")
    node = example_gen([{"name": "train", "pattern": "a*"}, {"name": "eval", "pattern": "b*"}])
    assert (
        problem(node, found) == f"no file in {tmp_path}/data matches `b*` (split `eval`): there is `a.csv`."
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "is empty"), ("\n\n", "is empty"), ("a,b\n", "has column names but no rows")],
)
def test_a_file_without_rows(tmp_path: Path, content: str, words: str) -> None:
    assert f"{tmp_path}/data/a.csv {words}" in problem(example_gen(), files(tmp_path, a=content))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (
            {"a": "kind,minutes,minutes\nb,1,0\n"},
            "a.csv has a column name more than once (`minutes`): TFX would keep",
        ),
        ({"a": 'x,"x",y,y\n1,2,3,4\n'}, "a.csv has column names more than once (`x`, `y`)"),
        ({"a": ",,x\n1,2,3\n"}, "a.csv has a column name more than once (no name)"),
        ({"a": "x\n1\n", "b": "x,x\n1,2\n"}, "b.csv has a column name more than once (`x`)"),
        ({"a": "\ufeffx,y\n1,2\n"}, "a.csv begins with a byte order mark"),
        ({"a": "x,y\n1,2\n".encode("utf-16")}, "a.csv is UTF-16: save it as UTF-8"),
        ({"a": b"\xff,y\n1,2\n"}, "a.csv, line 1 is not UTF-8 text"),
        ({"a": "x,y\n1,2\n", "b": "z\n1\n"}, "b.csv has other columns than a.csv"),
    ],
)
def test_what_tfx_would_read_wrongly(tmp_path: Path, contents: dict[str, Any], words: str) -> None:
    assert f"{tmp_path}/data/{words}" in problem(example_gen(), files(tmp_path, **contents))


@pytest.mark.parametrize("folder", [".ipynb_checkpoints", "old"])
def test_a_folder_beside_the_files(tmp_path: Path, folder: str) -> None:
    found = files(tmp_path, a="x\n1\n")
    (tmp_path / "data" / folder).mkdir()
    sentence = problem(example_gen(), found)
    assert f"{tmp_path}/data/{folder} is a folder" in sentence
    assert "*.csv" in sentence
    check(example_gen([{"name": "all", "pattern": "*.csv"}]), found)


@pytest.mark.parametrize("columns", [3, 2_000, 40_000])
def test_a_header_may_be_long(tmp_path: Path, columns: int) -> None:
    header = ",".join(f"column_{number}" for number in range(columns))
    check(example_gen(), files(tmp_path, a=f"{header}\n{','.join('1' * columns)}\n"))
    (tmp_path / "data" / "b.csv").write_text(f"{header},column_1\n")
    assert "b.csv has a column name more than once (`column_1`)" in problem(example_gen(), values(tmp_path))


def test_one_file_with_rows_is_enough(tmp_path: Path) -> None:
    check(example_gen(), files(tmp_path, a="x,y\n", b="x,y\n1,2\n"))


@pytest.mark.parametrize("pattern", ["span-{SPAN}/v{VERSION:2}/*", "{YYYY}-{MM}-{DD}/*"])
def test_patterns_with_spans_and_versions(tmp_path: Path, pattern: str) -> None:
    for name in ("span-3/v01", "2026-01-31"):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "a.csv").write_text("x\n1\n")
    check(example_gen([{"name": "train", "pattern": pattern}]), values(tmp_path))


def test_files_of_other_kinds_are_only_looked_for(tmp_path: Path) -> None:
    check(example_gen(component="ImportExampleGen"), files(tmp_path, a=""))
    assert broken_line(example_gen(component="ImportExampleGen"), values(tmp_path)) is None


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ({"a": "x,y\n1,2\n1,2,3\n"}, "a.csv, line 3 has 3 values, but there are 2 columns (x, y): 1,2,3"),
        ({"a": "x,y\n\n1\n"}, "a.csv, line 3 has 1 value, but there are 2 columns (x, y): 1"),
        ({"a": 'x,y\n1,"2\n'}, 'a.csv, line 2 has a quotation mark that is not closed: 1,"2'),
        ({"a": b"x,y\n1,\xff\n"}, "a.csv, line 2 is not UTF-8 text: save the file as UTF-8."),
        ({"a": "x,y\n1,2\n", "b": "z\n1\n"}, "b.csv has other columns than a.csv: z instead of x, y."),
        ({"a": 'x,y\n"1\n2",3\n\n4\n'}, "a.csv, line 5 has 1 value, but there are 2 columns (x, y): 4"),
    ],
)
def test_the_first_broken_line_is_found(tmp_path: Path, contents: dict[str, Any], words: str) -> None:
    assert broken_line(example_gen(), files(tmp_path, **contents)) == f"{tmp_path}/data/{words}"


def test_good_files_are_not_complained_about(tmp_path: Path) -> None:
    found = files(tmp_path, a='x,y\r\n1,"2, or 3"\r\n,\r\n', b='"x",y\n"",5\n')
    check(example_gen(), found)
    assert broken_line(example_gen(), found) is None


def test_values_over_several_lines_are_good(tmp_path: Path) -> None:
    found = files(tmp_path, a='x,y\n1,"2\n3"\n"a\r\nb",4\n')
    check(example_gen(), found)
    assert broken_line(example_gen(), found) is None


def test_compressed_files(tmp_path: Path) -> None:
    found = files(tmp_path)
    (tmp_path / "data" / "a.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    check(example_gen(), found)
    assert broken_line(example_gen(), found) is None
    (tmp_path / "data" / "a.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n3\n"))
    assert "a.csv.gz, line 3 has 1 value" in str(broken_line(example_gen(), found))


def test_splits_and_spans_without_what_others_have_are_told(tmp_path: Path) -> None:
    found = files(tmp_path, train="x,y\n1,2\n", eval="x\n1\n")
    splits = [{"name": name, "pattern": f"{name}.csv"} for name in ("train", "eval")]
    assert check(example_gen(splits), found) == ["the split `eval` lacks `y`, which `train` has"]
    (tmp_path / "data" / "1").mkdir()
    (tmp_path / "data" / "1" / "a.csv").write_text("x\n1\n")
    (tmp_path / "data" / "2").mkdir()
    (told,) = check(example_gen([{"name": "all", "pattern": "{SPAN}/*.csv"}]), found)
    assert told.endswith("data/2 has no file that matches `*.csv`, so that span 1 is read, not 2")


def test_words_in_a_column_of_numbers(tmp_path: Path) -> None:
    numbers = "".join(f"{number},{number % 7}\n" for number in range(30))
    files(tmp_path, a=f"x,y\n{numbers}abc,\n{numbers}", b=f"x,y\n{numbers}")
    paths = [tmp_path / "data" / "a.csv", tmp_path / "data" / "b.csv"]
    assert list(notes(paths, {"x"})) == [
        "the column `x` became a text feature, because 1 of 91 values is no number "
        f"(`abc` in {paths[0]}, line 32)"
    ]
    assert list(notes(paths, {"y"})) == []
    files(tmp_path / "other", a="x\n" + "1\n2\nb\n" * 30)
    assert list(notes([tmp_path / "other" / "data" / "a.csv"], {"x"})) == []


def test_a_header_that_comes_again(tmp_path: Path) -> None:
    files(tmp_path, a="x\n" + "1\n" * 20 + "x\n" + "1\n" * 20 + "x\n")
    (told,) = notes([tmp_path / "data" / "a.csv"], {"x"})
    assert "2 of 42 values are no numbers (`x` first in " in told
    assert "the line of names comes again there" in told


def test_a_long_line_is_shortened(tmp_path: Path) -> None:
    sentence = broken_line(example_gen(), files(tmp_path, a="x,y\n" + "1" * 500 + "\n"))
    assert sentence is not None
    assert len(sentence) < len(str(tmp_path)) + 150
