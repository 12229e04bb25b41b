"""Which line of TFX a spec is held to, and which its Plan is for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tfxc.compiler.checks.registry import run_checks
from tfxc.compiler.lower import lower
from tfxc.compiler.models.component_pages import component_page, render_component
from tfxc.compiler.models.json_schema import spec_json_schema
from tfxc.compiler.pipeline import tfx_line
from tfxc.compiler.pipeline.expand import expand
from tfxc.compiler.pipeline.model import pipeline_of
from tfxc.compiler.source.load import Loaded
from tfxc.schemas.tfx_lines import line_of, line_of_python

WriteSpec = Callable[..., Loaded]
NEEDS_1_16 = "    stats_options: {experimental_slice_sqls: [SELECT STRUCT(a) FROM example.a]}\n"
NEEDS_1_21 = "    stats_options: {schema: {feature: [{name: a, audio_domain: {}}]}}\n"


def spec(asked: str | None, more: str) -> str:
    return (
        "version: 1\nname: test\n"
        + (f'tfx: "{asked}"\n' if asked else "")
        + "components:\n  example_gen: {type: CsvExampleGen, input_base: data}\n"
        + "  statistics_gen:\n    type: StatisticsGen\n    examples: example_gen.examples\n"
        + more
    )


@pytest.mark.parametrize(
    ("asked", "installed", "more", "errors", "planned"),
    [
        (None, None, "", [], None),
        (None, "1.16", "", [], None),
        ("1.16", "1.21", "", [], "1.16"),
        (None, "1.16", NEEDS_1_16, [], "1.16"),
        (None, "1.21", NEEDS_1_21, [], "1.21"),
        (None, None, NEEDS_1_21, [], "1.21"),
        ("1.16", None, NEEDS_1_16, [], "1.16"),
        (None, None, NEEDS_1_16, ["S112"], None),
        (None, "1.21", NEEDS_1_16, ["S112"], None),
        (None, "1.16", NEEDS_1_21, ["S112"], None),
        ("1.21", "1.16", NEEDS_1_16, ["S112"], None),
        ("1.16", "1.21", NEEDS_1_21, ["S112"], None),
    ],
)
def test_a_spec_is_held_to_what_it_asks_for_or_what_is_here_or_the_newest(
    write_spec: WriteSpec,
    monkeypatch: pytest.MonkeyPatch,
    asked: str | None,
    installed: str | None,
    more: str,
    errors: list[str],
    planned: str | None,
) -> None:
    monkeypatch.setattr(tfx_line, "installed_line", lambda: installed)
    loaded = write_spec(spec(asked, more))
    assert [each.code for each in run_checks(loaded) if not each.code.startswith("W")] == errors
    if not errors:
        assert lower(expand(pipeline_of(loaded))).tfx == planned


@pytest.mark.parametrize("value", ["1.21", '"1.20"', "newest", "[1.16]"])
def test_a_line_that_there_is_not_is_an_error(write_spec: WriteSpec, value: str) -> None:
    loaded = write_spec(spec(None, "").replace("name: test\n", f"name: test\ntfx: {value}\n"))
    assert [each.code for each in run_checks(loaded)][:1] == ["S106"]


def test_pages_and_the_json_schema_follow_the_line() -> None:
    both, older, newer = (
        {entry.name for entry in component_page("Trainer", line).inputs} for line in (None, "1.16", "1.21")
    )
    assert (both - older, both - newer) == ({"statistics"}, set())
    assert "Only in TFX 1.21." in render_component("Trainer")
    validator = "schemas-components-validate-ExampleValidator"
    keys = [
        "custom_validation_config" in spec_json_schema(line)["$defs"][validator]["properties"]
        for line in (None, "1.16", "1.21")
    ]
    assert keys == [True, True, False]


def test_versions_and_pythons() -> None:
    assert [line_of(each) for each in ("1.16.0", "1.21.0rc1", "1.16")] == ["1.16", "1.21", "1.16"]
    images = (
        "python:3.10",
        "python:3.13.5-slim",
        "a.example:5000/python:3.11-slim",
        "python:3",
        "mypython:3.1",
    )
    assert [line_of_python(each) for each in images] == ["1.16", "1.21", "1.21", None, None]
