"""Positions, places and proposals, as functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.lsp.analysis import Analysis, analyse
from tfxc.compiler.lsp.completion import completions
from tfxc.compiler.lsp.names import occurrences
from tfxc.compiler.lsp.outline import artifact_hints, folds, highlights, outline
from tfxc.compiler.lsp.place import component_type, place_at
from tfxc.compiler.lsp.positions import from_utf16, to_utf16
from tfxc.compiler.lsp.proposals import Completion
from tfxc.compiler.source.files import Overlay

SPEC = """\
version: 1
name: penguin
parameters:
  data: {type: path, default: data, description: Where it is.}
components:
  example_gen:
    type: CsvExampleGen
    input_base: "{{ parameters.data }}"
  statistics_gen:
    type: StatisticsGen
    examples: example_gen.examples
    exclude_splits: [eval]
  schema_gen:
    type: SchemaGen
    statistics: statistics_gen.statistics
    depends_on: [example_gen]
environments:
  prod:
    parameters: {data: {default: gs://x}}
    components:
      statistics_gen: {examples: example_gen.examples}
"""


def analysed(tmp_path: Path, text: str = SPEC) -> Analysis:
    path = tmp_path / "pipeline.yaml"
    found = analyse(path, text, Overlay({path: text}))
    assert found is not None
    return found


def proposed(tmp_path: Path, marked: str, understood: str = SPEC) -> list[Completion]:
    """Returns what is proposed at the ``|`` of a text."""
    before, _, after = marked.partition("|")
    lines = (before + after).splitlines() or [""]
    line = before.count("\n")
    return list(
        completions(lines, line, len(before.split("\n")[-1]), analysed(tmp_path, understood).pipeline)
    )


def labels(found: list[Completion]) -> list[str]:
    return [each.label for each in found]


def test_columns_are_utf16() -> None:
    line = "é😀x"
    assert [to_utf16(line, n) for n in range(4)] == [0, 1, 3, 4]
    assert [from_utf16(line, n) for n in (0, 1, 3, 4, 99)] == [0, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("marked", "path", "key"),
    [
        ("components:\n  a:\n    |", ("components", "a"), None),
        ("components:\n  a:\n    type: X|", ("components", "a"), "type"),
        ("components:\n  a: {type: X, examples: b|}", ("components", "a"), "examples"),
        ("components:\n  a:\n    depends_on:\n    - x\n    - |", ("components", "a", "depends_on", 1), None),
        ("components:\n  a:\n    depends_on: [x, |", ("components", "a", "depends_on", 1), None),
        ("a:\n  - name: x\n    va|", ("a", 0), None),
        ("# a:\nb:\n\n  # c:\n  d|", ("b",), None),
        ("|", (), None),
    ],
)
def test_place_is_told_by_indentation(marked: str, path: tuple[object, ...], key: str | None) -> None:
    before, _, after = marked.partition("|")
    place = place_at((before + after).split("\n"), before.count("\n"), len(before.split("\n")[-1]))
    assert (place.path, place.key) == (path, key)


def test_type_of_a_component_is_found_in_a_text_that_does_not_parse() -> None:
    lines = ["components:", "  a:", "    exam", "    type: StatisticsGen", "    x: [{"]
    assert component_type(lines, place_at(lines, 2, 8)) == "StatisticsGen"


def test_only_channels_of_the_type_that_make_no_circle(tmp_path: Path) -> None:
    half = SPEC.replace("examples: example_gen.examples\n    exclude", "examples: |\n    exclude")
    assert labels(proposed(tmp_path, half)) == ["example_gen.examples"]
    half = SPEC.replace("statistics: statistics_gen.statistics", "statistics: sta|")
    assert labels(proposed(tmp_path, half)) == ["statistics_gen.statistics"]


def test_parameters_between_braces(tmp_path: Path) -> None:
    found = proposed(tmp_path, SPEC.replace('"{{ parameters.data }}"', '"{{ par|'))
    assert found[0].text == "parameters.data }}"
    assert found[0].replaces == 3
    assert "run.id" in labels(found)


def test_splits_of_the_input(tmp_path: Path) -> None:
    assert labels(proposed(tmp_path, SPEC.replace("[eval]", "[|]"))) == ["eval", "train"]


def test_ids_types_keys_and_values(tmp_path: Path) -> None:
    assert "statistics_gen" in labels(proposed(tmp_path, SPEC.replace("[example_gen]", "[|]")))
    assert "Trainer" in labels(proposed(tmp_path, "components:\n  a:\n    type: |"))
    keys = proposed(tmp_path, SPEC.replace("    depends_on", "    |\n    depends_on"))
    assert "infer_feature_shape" in labels(keys)
    assert "statistics" not in labels(keys)
    line = "    infer_feature_shape: |\n    depends_on"
    assert labels(proposed(tmp_path, SPEC.replace("    depends_on", line))) == ["true", "false"]


def test_a_new_component_brings_its_required_keys(tmp_path: Path) -> None:
    found = {each.label: each for each in proposed(tmp_path, "components:\n  |")}
    assert found["StatisticsGen"].text == "${1:statistics_gen}:\n  type: StatisticsGen\n  examples: $2\n"


def test_occurrences_of_names_are_where_they_are_written(tmp_path: Path) -> None:
    found = analysed(tmp_path)
    assert found.pipeline is not None
    names = occurrences(found.loaded.trees, found.pipeline)
    assert all(each.source.text[each.start : each.end] == each.name for each in names)
    of_example_gen = [each for each in names if each.name == "example_gen"]
    assert [each.is_definition for each in of_example_gen] == [True, False, False, False]
    assert [each.name for each in names].count("data") == 3


def test_outline_folds_highlights_and_hints(tmp_path: Path) -> None:
    found = analysed(tmp_path)
    tree = found.loaded.trees[0]
    assert found.pipeline is not None
    symbols = {each.name: each for each in outline(tree)}
    assert [each.detail for each in symbols["components"].children] == [
        "CsvExampleGen",
        "StatisticsGen",
        "SchemaGen",
    ]
    assert (5, 7) in folds(SPEC.splitlines())
    texts = [SPEC[each.start : each.end] for each in highlights(tree)]
    assert texts == ["{{ ", "parameters.data", " }}"]
    assert [each.text for each in artifact_hints(tree, found.pipeline)] == ["Examples", "ExampleStatistics"]


@pytest.mark.parametrize("cut", range(0, len(SPEC), 7))
def test_every_beginning_of_a_spec_can_be_completed(tmp_path: Path, cut: int) -> None:
    proposed(tmp_path, SPEC[:cut] + "|")
