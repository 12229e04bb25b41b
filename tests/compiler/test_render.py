"""Diagnostics as text, JSON, GitHub workflow commands and SARIF."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.render.machine import render_github, render_json
from tfxc.compiler.render.sarif import render_sarif
from tfxc.compiler.render.snippets import marked_line, width
from tfxc.compiler.render.text import render_text, summary
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Label, Severity, Span, sorted_diagnostics
from tfxc.schemas.words.printable import printable

SPEC = """version: 1
components:
  schema_gen:
    type: SchemaGen
  trainer:
    type: Trainer
    examples: schema_gen.schema
"""


def span(line: int, column: int, length: int, file: str = "a.yaml") -> Span:
    return Span(file, line, column, line, column + length)


def error(
    at: Span | None, *labels: Label, message: str = "message", help: tuple[str, ...] = ()
) -> Diagnostic:
    return Diagnostic("T204", Severity.ERROR, message, at, labels, help)


def text(diagnostic: Diagnostic, **sources: str) -> str:
    named = {f"{name}.yaml": Source(f"{name}.yaml", content, Path()) for name, content in sources.items()}
    return render_text([diagnostic], named)


def test_text_is_like_that_of_rustc() -> None:
    diagnostic = error(
        span(7, 15, 17),
        Label(span(3, 3, 10), "its output `schema` is declared here"),
        message="`trainer.examples` takes Examples, but `schema_gen.schema` is a Schema",
        help=("outputs of type Examples: example_gen.examples",),
    )
    assert (
        text(diagnostic, a=SPEC)
        == """\
error[T204]: `trainer.examples` takes Examples, but `schema_gen.schema` is a Schema
 --> a.yaml:7:15
7 |     examples: schema_gen.schema
  |               ^^^^^^^^^^^^^^^^^
 ::: a.yaml:3:3
3 |   schema_gen:
  |   ---------- its output `schema` is declared here
  = help: outputs of type Examples: example_gen.examples

"""
    )


def test_the_gutter_is_as_wide_as_the_largest_line_number() -> None:
    diagnostic = error(span(3, 1, 3), Label(span(120, 1, 4), "here"))
    assert text(diagnostic, a="key: 1\n" * 200) == (
        "error[T204]: message\n"
        "   --> a.yaml:3:1\n"
        "  3 | key: 1\n"
        "    | ^^^\n"
        "   ::: a.yaml:120:1\n"
        "120 | key: 1\n"
        "    | ---- here\n\n"
    )


def test_a_label_on_the_same_line_shares_the_source_line() -> None:
    diagnostic = error(
        span(1, 6, 1), Label(span(1, 1, 3), "of this"), Label(span(1, 1, 3, "b.yaml"), "and that")
    )
    assert text(diagnostic, a="key: 1\n", b="key: 2\n") == (
        "error[T204]: message\n"
        " --> a.yaml:1:6\n"
        "1 | key: 1\n"
        "  |      ^\n"
        "  | --- of this\n"
        " ::: b.yaml:1:1\n"
        "1 | key: 2\n"
        "  | --- and that\n\n"
    )


def test_without_a_place_there_is_no_snippet() -> None:
    assert text(error(None, help=("do this", "or that"))) == (
        "error[T204]: message\n  = help: do this\n  = help: or that\n\n"
    )


def test_without_the_source_the_place_is_still_named() -> None:
    assert text(error(span(3, 5, 2))) == "error[T204]: message\n --> a.yaml:3:5\n\n"


@pytest.mark.parametrize(
    ("line", "column", "length", "shown", "marker"),
    [
        ("a: b", 4, 1, "a: b", "   ^"),
        ("a: b", 5, 0, "a: b", "    ^"),
        ("日本: 値x", 5, 1, "日本: 値x", "      ^^"),
        ("日本: 値x", 6, 1, "日本: 値x", "        ^"),
        ("e\u0301: b", 5, 1, "e\u0301: b", "   ^"),
        ("\ta: b", 5, 1, "    a: b", "       ^"),
        ("a\t: b", 5, 1, "a   : b", "      ^"),
        ("\x1b[31m: b", 8, 1, "␛[31m: b", "       ^"),
        ("a\u202eb: c", 6, 1, "a�b: c", "     ^"),
    ],
)
def test_markers_stand_under_what_they_mark(
    line: str, column: int, length: int, shown: str, marker: str
) -> None:
    rendered = text(error(span(1, column, length)), a=line + "\n").splitlines()
    assert rendered[2:4] == [f"1 | {shown}", f"  | {marker}"]


def test_a_span_of_several_lines_is_marked_on_its_first() -> None:
    diagnostic = error(Span("a.yaml", 2, 3, 4, 2))
    assert "2 |   b: |  \n" not in text(diagnostic, a="a:\n  b: |  \n    text\nc: 1\n")
    assert "2 |   b: |\n  |   ^^^^\n" in text(diagnostic, a="a:\n  b: |  \n    text\nc: 1\n")


def test_a_long_line_is_cut_around_the_mark() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    rendered = text(error(span(1, 501, 4)), a=line + "\n").splitlines()
    shown, marker = rendered[2][4:], rendered[3][4:]
    assert len(rendered[2]) <= 160
    assert shown.startswith("…x")
    assert shown.endswith("y…")
    assert shown[marker.index("^") : marker.rindex("^") + 1] == "HERE"


def test_a_narrow_terminal_cuts_earlier() -> None:
    source = Source("a.yaml", "x" * 500 + "\n", Path())
    rendered = render_text([error(span(1, 250, 3))], {"a.yaml": source}, width=60)
    assert max(map(len, rendered.splitlines())) <= 60


@given(
    st.text(alphabet="ab日\t\u0301é\x1b ", max_size=300),
    st.integers(0, 320),
    st.integers(0, 320),
    st.integers(10, 60),
)
def test_marks_stay_within_what_is_shown(line: str, start: int, length: int, limit: int) -> None:
    shown, first, last = marked_line(line, start, start + length, limit)
    assert 0 <= first < last
    assert width(shown) <= limit
    assert last <= limit + 1


def test_nothing_in_a_spec_acts_on_the_terminal() -> None:
    hostile = "a\x1b]0;title\x07b\x9b31m\u202e\r\nc\x7f"
    diagnostic = error(span(1, 1, 1, hostile), message=hostile, help=(hostile,))
    rendered = render_text([diagnostic], {hostile: Source(hostile, f"k: {hostile}\n", Path())})
    assert not set(rendered) & set("\x1b\x07\x9b\u202e\r\x7f")
    assert printable("plain text, äöü 日本") == "plain text, äöü 日本"


def test_colours_are_only_added() -> None:
    sources = {"a.yaml": Source("a.yaml", SPEC, Path())}
    diagnostic = error(span(7, 15, 17), Label(span(3, 3, 10), "here"), help=("do this",))
    plain = render_text([diagnostic], sources)
    coloured = render_text([diagnostic], sources, colours=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_the_summary_counts() -> None:
    warning = Diagnostic("W701", Severity.WARNING, "hm", span(1, 1, 1))
    assert summary([], 1) == "1 spec is valid"
    assert summary([], 3) == "3 specs are valid"
    assert summary([error(span(1, 1, 1))], 1) == "1 error in 1 file"
    assert summary([warning], 1) == "1 warning in 1 file"
    two = [error(span(1, 1, 1)), error(span(1, 1, 1, "b.yaml")), warning]
    assert summary(two, 9) == "2 errors, 1 warning in 2 files"


def test_sorting_is_by_place_and_drops_repetitions() -> None:
    late, early = error(span(9, 1, 1)), error(span(2, 5, 1))
    other = error(span(1, 1, 1, "b.yaml"))
    assert sorted_diagnostics([late, other, early, late]) == [early, late, other]


def test_json() -> None:
    diagnostic = error(span(7, 15, 17), Label(span(3, 3, 10), "here"), message="äöü", help=("do this",))
    assert json.loads(render_json([diagnostic, error(None)])) == {
        "version": 1,
        "errors": 2,
        "warnings": 0,
        "diagnostics": [
            {
                "code": "T204",
                "severity": "error",
                "message": "äöü",
                "file": "a.yaml",
                "line": 7,
                "column": 15,
                "end_line": 7,
                "end_column": 32,
                "labels": [
                    {
                        "text": "here",
                        "file": "a.yaml",
                        "line": 3,
                        "column": 3,
                        "end_line": 3,
                        "end_column": 13,
                    }
                ],
                "help": ["do this"],
                "fix": None,
            },
            {
                "code": "T204",
                "severity": "error",
                "message": "message",
                "file": None,
                "line": None,
                "column": None,
                "end_line": None,
                "end_column": None,
                "labels": [],
                "help": [],
                "fix": None,
            },
        ],
    }


def test_github_commands_are_escaped() -> None:
    diagnostic = error(span(7, 15, 2, "a,b:c%.yaml"), message="100%\r\n::error::no", help=("do this",))
    assert render_github([diagnostic]) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=7,endLine=7,col=15,endColumn=17,title=tfxc T204"
        "::100%25␍␊::error::no%0Ahelp: do this\n"
    )
    several = Diagnostic("W701", Severity.WARNING, "hm", Span("a", 1, 2, 3, 4))
    assert render_github([several]) == "::warning file=a,line=1,endLine=3,col=2,title=tfxc W701::hm\n"
    assert render_github([error(None)]) == "::error title=tfxc T204::message\n"


SARIF_SHAPE: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": {"$ref": "#/definitions/run"}},
    },
    "definitions": {
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["driver"],
                    "additionalProperties": False,
                    "properties": {"driver": {"$ref": "#/definitions/driver"}},
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "originalUriBaseIds": {
                    "const": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}}
                },
                "results": {"type": "array", "items": {"$ref": "#/definitions/result"}},
            },
        },
        "driver": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string"},
                "version": {"type": "string"},
                "informationUri": {"type": "string", "format": "uri"},
                "rules": {"type": "array", "uniqueItems": True, "items": {"$ref": "#/definitions/rule"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "shortDescription": {"$ref": "#/definitions/message"},
                "help": {"$ref": "#/definitions/message"},
                "helpUri": {"type": "string", "format": "uri"},
                "defaultConfiguration": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                },
            },
        },
        "message": {
            "type": "object",
            "required": ["text"],
            "additionalProperties": False,
            "properties": {"text": {"type": "string"}, "markdown": {"type": "string"}},
        },
        "result": {
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"$ref": "#/definitions/message"},
                "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
                "fixes": {"type": "array", "items": {"$ref": "#/definitions/fix"}},
                "locations": {"type": "array", "items": {"$ref": "#/definitions/location"}},
                "relatedLocations": {"type": "array", "items": {"$ref": "#/definitions/location"}},
            },
        },
        "fix": {
            "type": "object",
            "required": ["artifactChanges"],
            "additionalProperties": False,
            "properties": {
                "description": {"$ref": "#/definitions/message"},
                "artifactChanges": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["artifactLocation", "replacements"],
                        "additionalProperties": False,
                        "properties": {
                            "artifactLocation": {"$ref": "#/definitions/artifactLocation"},
                            "replacements": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["deletedRegion"],
                                    "additionalProperties": False,
                                    "properties": {
                                        "deletedRegion": {"$ref": "#/definitions/region"},
                                        "insertedContent": {
                                            "type": "object",
                                            "additionalProperties": False,
                                            "properties": {"text": {"type": "string"}},
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
        "artifactLocation": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "uri": {"type": "string", "pattern": "^[A-Za-z0-9%/._~:-]+$"},
                "uriBaseId": {"const": "%SRCROOT%"},
            },
        },
        "region": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                name: {"type": "integer", "minimum": 1}
                for name in ("startLine", "startColumn", "endLine", "endColumn")
            },
        },
        "location": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "id": {"type": "integer", "minimum": 0},
                "message": {"$ref": "#/definitions/message"},
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation", "region"],
                    "additionalProperties": False,
                    "properties": {
                        "artifactLocation": {"$ref": "#/definitions/artifactLocation"},
                        "region": {"$ref": "#/definitions/region"},
                    },
                },
            },
        },
    },
}
"""The part of the SARIF 2.1.0 schema that the output uses, closed against everything else."""


def test_sarif() -> None:
    import jsonschema

    diagnostics = [
        Diagnostic(
            "Y009", Severity.ERROR, "message", span(7, 15, 17), (Label(span(3, 3, 10), "here"),), ("do this",)
        ),
        Diagnostic("Y003", Severity.ERROR, "twice", span(1, 1, 4, "/data/ä b#1.yaml")),
        Diagnostic("Y001", Severity.ERROR, "no YAML", span(1, 1, 0, "<stdin>")),
        Diagnostic("Y014", Severity.ERROR, "nowhere"),
    ]
    log = json.loads(render_sarif(diagnostics, "1.2.3"))
    jsonschema.validate(log, SARIF_SHAPE)
    (run,) = log["runs"]
    assert run["tool"]["driver"]["version"] == "1.2.3"
    rules = run["tool"]["driver"]["rules"]
    for result, diagnostic in zip(run["results"], diagnostics, strict=True):
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"] == diagnostic.code
    first, second, third, fourth = run["results"]
    assert first["message"]["text"] == "message\nhelp: do this"
    assert first["relatedLocations"][0]["message"]["text"] == "here"
    place = first["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 7, "startColumn": 15, "endLine": 7, "endColumn": 32}
    uri = second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "file:///data/%C3%A4%20b%231.yaml"
    assert third["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%3Cstdin%3E"
    assert "locations" not in fourth


def test_sarif_without_results() -> None:
    import jsonschema

    log = json.loads(render_sarif([], "1.2.3"))
    jsonschema.validate(log, SARIF_SHAPE)
    assert log["runs"][0]["results"] == []
