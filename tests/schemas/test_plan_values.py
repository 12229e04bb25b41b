"""The forms of a Plan's values: one fold reads them, and every reader goes by it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Optional

import pytest

from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_places import paths, references, values
from tfxc.schemas.plan_values import (
    as_text,
    begun_with,
    concatenation,
    has_references,
    is_absolute,
    known_prefix,
    known_text,
    mapping,
    parts,
    path,
    reference,
    references_in,
    with_texts,
)
from tfxc.schemas.spec_values import spec_value

ROOT = Path(__file__).parents[2]
DATA = reference("parameters.data")
NESTED = {
    "splits": [{"pattern": path(concatenation(["gs://b/", DATA]))}, {"pattern": path("a/*")}],
    "literal": mapping({"$reference": path("deep"), "n": 1}),
}


@pytest.mark.parametrize(
    ("value", "text", "prefix", "symbolic"),
    [
        ("runs", "runs", "runs", False),
        (path("runs"), "runs", "runs", False),
        (path(DATA), None, "", True),
        (concatenation(["a/", DATA, "/b"]), None, "a/", True),
        (path(concatenation(["a/", "b/", DATA])), None, "a/b/", True),
        (concatenation(["a", "b"]), "ab", "ab", False),
        (3, None, "", False),
        (None, None, "", False),
        ([path("x")], None, "", False),
        ({"a": DATA}, None, "", True),
        (mapping({"$a": "x"}), None, "", False),
    ],
)
def test_what_is_known_of_a_value(value: Any, text: Optional[str], prefix: str, symbolic: bool) -> None:
    assert known_text(value) == text
    assert known_prefix(value) == prefix
    assert has_references(value) is symbolic


def test_parts_have_their_place_in_the_document() -> None:
    found = [(part.place, part.inner) for part in parts(NESTED, ("x",)) if part.form == "path"]
    assert found == [
        (("x", "splits", 0, "pattern"), concatenation(["gs://b/", DATA])),
        (("x", "splits", 1, "pattern"), "a/*"),
        (("x", "literal", "$reference"), "deep"),
    ]
    assert references_in(NESTED) == ("parameters.data",)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (NESTED["splits"], [{"pattern": "gs://b/{{ parameters.data }}"}, {"pattern": "a/*"}]),
        (NESTED["literal"], {"$reference": "deep", "n": 1}),
        ("{{ x }}", '{{ "{{" }} x }}'),
        (concatenation(["{", DATA]), '{{ "{" }}{{ parameters.data }}'),
        (True, True),
    ],
)
def test_values_as_a_spec_writes_them(value: Any, written: Any) -> None:
    assert spec_value(value) == written


def test_a_mapping_with_a_key_like_a_form_is_taken_literally() -> None:
    assert mapping({"a": 1}) == {"a": 1}
    assert [part.form for part in parts(mapping({"$path": "x"}))] == ["mapping", "plain"]


def test_texts_are_changed_where_they_begin_a_value() -> None:
    value = {"a": [path("x"), concatenation(["x", DATA, "x"]), 1], "b": mapping({"$x": "x"})}
    assert with_texts(value, str.upper) == {
        "a": [path("X"), concatenation(["X", DATA, "x"]), 1],
        "b": mapping({"$x": "X"}),
    }


def test_joining_texts() -> None:
    assert as_text(DATA) == concatenation([DATA])
    assert as_text("x") == "x"
    assert begun_with("a/", "b") == "a/b"
    assert begun_with("a/", DATA) == concatenation(["a/", DATA])
    assert begun_with("a/", concatenation(["b", DATA])) == concatenation(["a/b", DATA])


@pytest.mark.parametrize(
    ("text", "absolute"), [("gs://b", True), ("/x", True), ("x", False), ("a://b", False)]
)
def test_absolute_paths(text: str, absolute: bool) -> None:
    assert is_absolute(text) is absolute


PLAN = Plan.model_validate(
    {
        "name": "p",
        "parameters": [
            {"name": "data", "type": "path", "required": False, "default": "csv"},
            {"name": "label", "type": "str", "required": False, "default": "csv"},
        ],
        "pipeline_root": path("runs"),
        "metadata": {"kind": "sqlite", "path": path(concatenation([reference("env.HOME"), "/m"]))},
        "beam_pipeline_args": [concatenation(["--x=", reference("run.id")])],
        "nodes": [
            {
                "id": "gen",
                "component": {"kind": "standard", "type": "CsvExampleGen", "class_path": "m:C"},
                "arguments": {"input_base": {"value": path(DATA)}, "input_config": {"value": NESTED}},
                "when": {"truth": reference("parameters.on")},
                "execution": {"env": {"A": reference("env.B")}, "beam_pipeline_args": ["--y"]},
            },
            {
                "id": "latest",
                "component": {
                    "kind": "resolver",
                    "strategy_class": "m:S",
                    "config": {"day": reference("run.date")},
                },
            },
        ],
    }
)


def test_every_path_of_a_plan_with_its_place() -> None:
    assert [(each.place, each.node, each.prefix, each.text, each.shown) for each in paths(PLAN)] == [
        (("parameters", "data", "default"), None, "csv", "csv", "csv"),
        (("pipeline_root",), None, "runs", "runs", "runs"),
        (("metadata", "sqlite", "path"), None, "", None, "{{ env.HOME }}/m"),
        (("components", "gen", "input_base"), "gen", "", None, "{{ parameters.data }}"),
        (
            ("components", "gen", "input_config", "splits", 0, "pattern"),
            "gen",
            "gs://b/",
            None,
            "gs://b/{{ parameters.data }}",
        ),
        (("components", "gen", "input_config", "splits", 1, "pattern"), "gen", "a/*", "a/*", "a/*"),
        (("components", "gen", "input_config", "literal", "$reference"), "gen", "deep", "deep", "deep"),
    ]


def test_every_reference_of_a_plan() -> None:
    assert references(PLAN) == {
        "env.HOME",
        "run.id",
        "parameters.data",
        "parameters.on",
        "env.B",
        "run.date",
    }


def test_every_value_of_a_plan_has_a_place() -> None:
    assert [each.place for each in values(PLAN)] == [
        ("pipeline_root",),
        ("metadata", "sqlite", "path"),
        ("beam_pipeline_args", 0),
        ("components", "gen", "input_base"),
        ("components", "gen", "input_config"),
        ("components", "gen", "when"),
        ("components", "gen", "execution", "beam_pipeline_args", 0),
        ("components", "gen", "execution", "env", "A"),
        ("components", "latest", "config"),
    ]


def test_the_forms_are_read_in_one_module_only() -> None:
    form = re.compile(r"""["']\$(reference|concatenate|path|mapping)["']""")
    readers = [
        source.relative_to(ROOT).as_posix()
        for layer in ("schemas", "backends", "compiler")
        for source in (ROOT / layer).rglob("*.py")
        if form.search(source.read_text(encoding="utf-8"))
    ]
    assert readers == ["schemas/plan_values.py"]
