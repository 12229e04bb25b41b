"""A file with values of parameters is read as a spec is, and its mistakes have places."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.checks.given_values import given_value_findings
from tfxc.compiler.source.values_file import read_values_file
from tfxc.schemas.plan import Plan, PlanParameter

Found = list[tuple[str, int, int]]


def read(folder: Path, text: str | bytes, name: str = "values.yaml") -> tuple[Mapping[str, Any], Found]:
    """Returns the values of a file, and code, line and column of what is wrong with it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file = read_values_file(path, folder.resolve())
    assert (file.tree is None) == bool(file.diagnostics)
    spans = [(each.code, each.span) for each in file.diagnostics]
    return file.values, [(code, span.line, span.column) for code, span in spans if span]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("Yes", "Yes"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("~", None),
        ("'010'", "010"),
        ("!!str 010", "010"),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("[1, no]", [1, "no"]),
    ],
)
def test_words_mean_what_they_mean_in_a_spec(tmp_path: Path, text: str, value: object) -> None:
    values, found = read(tmp_path, f"x: {text}\n")
    assert (found, values) == ([], {"x": value})
    assert type(values["x"]) is type(value)


@pytest.mark.parametrize(
    "word", ["010", "-010", "1_000", "12:30", "12:30:45", "0b1", ".inf", "-.INF", ".NaN"]
)
def test_what_yaml_versions_read_differently_is_refused(tmp_path: Path, word: str) -> None:
    assert read(tmp_path, f"a: 1\nx: {word}\n")[1] == [("Y011", 2, 4)]


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.yaml", "x: 1\nx: 2\n", [("Y003", 2, 1)]),
        ("a.json", '{"x": 1,\n "x": 2}', [("Y003", 2, 2)]),
        ("a.yaml", "x: [", [("Y001", 1, 5)]),
        ("a.yaml", "", [("Y009", 1, 1)]),
        ("a.yaml", "# nothing\n", [("Y009", 1, 1)]),
        ("a.yaml", "- x\n", [("Y009", 1, 1)]),
        ("a.yaml", "1: 2\n", [("Y007", 1, 1)]),
        ("a.yaml", "no: 2\n", []),
        ("a.yaml", "x: *b\n", [("Y004", 1, 4)]),
        ("a.yaml", "x: &b 1\ny: *b\n", []),
        ("a.yaml", "x: 1\n---\nx: 2\n", [("Y008", 2, 1)]),
        ("a.yaml", "\tx: 1\n", [("Y002", 1, 1)]),
        ("a.yaml", "x: !!python/object/apply:os.system [id]\n", [("Y012", 1, 4)]),
        ("a.yaml", b"x: \xff\n", [("Y013", 1, 4)]),
        ("a.yaml", b"\xef\xbb\xbfx: 1\n", []),
        ("a.yaml", "x: 1\n".encode("utf-16"), [("Y013", 1, 1)]),
        ("a.json", "x: 1\n", [("Y001", 1, 1)]),
        ("a.json", '{\n  "x" 1}', [("Y001", 2, 7)]),
        ("a.json", '{\n\t"x": "\\ud83d\\ude00\\/"\n}', []),
        ("a.json", "[1]", [("Y009", 1, 1)]),
    ],
)
def test_mistakes_have_places(tmp_path: Path, name: str, text: str | bytes, found: Found) -> None:
    assert read(tmp_path, text, name)[1] == found


def test_json_escapes_are_those_of_json(tmp_path: Path) -> None:
    assert read(tmp_path, r'{"x": "\ud83d\ude00\/\u00e9"}', "a.json")[0] == {"x": "\U0001f600/é"}


def test_nothing_of_a_file_outside_is_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("token: hunter2\ntoken: hunter3\nhunter4: 010\n")
    (tmp_path / "project").mkdir()
    file = read_values_file(tmp_path / "secret", tmp_path / "project")
    assert [each.code for each in file.diagnostics] == ["Y003", "Y011"]
    assert not file.sources
    assert "hunter" not in str(file.diagnostics)
    assert "token" not in str(file.diagnostics)


def parameter(name: str, kind: str, **limits: Any) -> PlanParameter:
    return PlanParameter(name=name, type=kind, required=name == "steps", **limits)  # type: ignore[arg-type]


PLAN = Plan.model_construct(
    parameters=(
        parameter("steps", "int", minimum=1, maximum=9),
        parameter("rate", "float"),
        parameter("label", "str", pattern="[a-z]+"),
        parameter("mode", "str", choices=("fast", "slow")),
        parameter("shuffle", "bool"),
    )
)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"steps": 7, "rate": 2, "label": "no", "mode": "fast", "shuffle": True}, []),
        ({"steps": "7"}, ["S103"]),
        ({"steps": True}, ["S103"]),
        ({"steps": 1.0}, ["S103"]),
        ({"steps": 0}, ["S104"]),
        ({"steps": 10}, ["S104"]),
        ({"steps": None}, ["S103"]),
        ({"rate": None}, []),
        ({"label": "A"}, ["S111"]),
        ({"mode": "fats"}, ["S106"]),
        ({"shuffle": "no"}, ["S103"]),
        ({"rate": [1]}, ["S103"]),
        ({"stesp": 1, "steps": "x"}, ["P303", "S103"]),
    ],
)
def test_values_fit_their_parameters(values: dict[str, Any], codes: list[str]) -> None:
    found = list(given_value_findings(PLAN, values))
    assert [each.code for each in found] == codes
    assert all(each.path[0] in values for each in found)
