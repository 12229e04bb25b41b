"""What is proposed of components with a matrix, in conditions and between braces."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lsp.test_places import labels, proposed

SPEC = """\
version: 1
name: cities
components:
  example_gen:
    type: CsvExampleGen
    matrix: {city: [rome, berlin], size: [0.5, 2]}
    input_base: "data/{{ matrix.city }}"
  statistics_gen:
    type: StatisticsGen
    matrix: {from: example_gen}
    examples: example_gen.examples
  validator:
    type: ExampleValidator
    matrix: {from: example_gen}
    statistics: statistics_gen.statistics
    schema: schema_gen.schema
  schema_gen:
    type: SchemaGen
    statistics: statistics_gen[city=rome, size=2].statistics
    depends_on: [example_gen]
  transform:
    type: Transform
    examples: example_gen[*].examples
    schema: schema_gen.schema
    module_file: features.py
    when: validator[city=rome, size=2].anomalies.passed
"""
ALL = [f"statistics_gen[city={city}, size={size}]" for city in ("rome", "berlin") for size in ("0.5", "2")]


@pytest.mark.parametrize(
    ("written", "half", "found"),
    [
        ("statistics_gen[city=rome, size=2].statistics", "statistics_gen[", ["city=", "size=", "*"]),
        ("statistics_gen[city=rome, size=2].statistics", "statistics_gen[city=ro", ["rome", "berlin"]),
        ("statistics_gen[city=rome, size=2].statistics", "statistics_gen[city=rome, ", ["size="]),
        ("statistics_gen[city=rome, size=2].statistics", "statistics_gen[city=rome, size=", ["0.5", "2"]),
        ("statistics_gen[city=rome, size=2].statistics", '"statistics_gen[size=0.5].', ["statistics"]),
        ("statistics_gen[city=rome, size=2].statistics", "statistics_gen[x=1, ", []),
        ("[example_gen]", '["example_gen[city=', ["rome", "berlin"]),
        ("validator[city=rome, size=2].anomalies.passed", "not validator[ci", ["city=", "size="]),
        ("validator[city=rome, size=2].anomalies.passed", "validator[size=0.5].an", ["anomalies"]),
        (
            "validator[city=rome, size=2].anomalies.passed",
            "validator[size=0.5].anomalies.",
            ["custom_properties", "properties", "uri", "passed"],
        ),
        (
            "validator[city=rome, size=2].anomalies.passed",
            "1 == validator[size=0.5].anomalies.properties.",
            ["span", "split_names"],
        ),
        ("validator[city=rome, size=2].anomalies.passed", '"{{ validator[', ["city=", "size="]),
    ],
)
def test_within_a_selection(tmp_path: Path, written: str, half: str, found: list[str]) -> None:
    assert labels(proposed(tmp_path, SPEC.replace(written, f"{half}|"), SPEC)) == found


def test_a_reader_without_the_axes_is_proposed_selections(tmp_path: Path) -> None:
    half = SPEC.replace("statistics: statistics_gen[city=rome, size=2].statistics", "statistics: |")
    assert labels(proposed(tmp_path, half, SPEC)) == [f"{each}.statistics" for each in ALL]
    many = labels(proposed(tmp_path, SPEC.replace("example_gen[*].examples", "|"), SPEC))
    assert many[:2] == ["example_gen[*].examples", "example_gen[city=rome, size=0.5].examples"]
    own = SPEC.replace("    statistics: statistics_gen.statistics", "    statistics: |")
    assert "statistics_gen.statistics" in labels(proposed(tmp_path, own, SPEC))
    assert f"{ALL[0]}.statistics" not in labels(proposed(tmp_path, own, SPEC))
