"""What is found out about the data on this machine before a run."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.driver import check, check_data
from tfxc.compiler.output import write_diagnostics

SPEC = """\
version: 1
name: test
parameters:
  data: {type: path, default: data}
components:
  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}"}
"""
GOOD = "kind,bought\n" + "b,0\n" * 30


def codes(path: Path) -> list[str]:
    return [each.code for each in check(path, look_at_data=True).diagnostics]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "pipeline.yaml"
    path.parent.mkdir()
    path.write_text(SPEC, encoding="utf-8")
    return path


def test_only_who_asks_for_it_looks_at_data(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(spec).diagnostics == ()
    assert run(["plan", str(spec)]) == 0
    assert capsys.readouterr().err == ""
    assert run(["validate", str(spec)]) == 0
    assert "warning[W760]: `example_gen` reads" in capsys.readouterr().out
    assert run(["validate", str(spec), "--strict"]) == 1
    assert run(["validate", str(spec), "--strict", "--ignore", "W760"]) == 0


def test_no_data_is_looked_at_where_that_is_said(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["validate", str(spec), "--strict", "--no-data"]) == 0
    (spec.parent / "tfxc.toml").write_text("no-data = true\n")
    assert run(["validate", str(spec), "--strict"]) == 0
    (spec.parent / "tfxc.toml").write_text("no-data = false\n")
    assert run(["validate", str(spec), "--strict"]) == 1


def test_a_schema_file_that_cannot_be_read_or_is_elsewhere_tells_nothing(spec: Path) -> None:
    (spec.parent / "data").mkdir()
    (spec.parent / "data" / "a.csv").write_text(GOOD)
    schema = spec.parent / "schema.pbtxt"
    required = 'feature { name: "there" presence { min_count: 1 } }'
    text = SPEC + (
        "  schema_gen: {type: ImportSchemaGen, schema_file: FILE}\n"
        "  statistics_gen:\n    type: StatisticsGen\n    examples: example_gen.examples\n"
        "    schema: schema_gen.schema\n"
    )
    spec.write_text(text.replace("FILE", "schema.pbtxt"))
    schema.write_text(required)
    assert codes(spec) == ["W781"]
    for content in (
        b"feature {",
        b"\xff",
        b"feature { name: ",
        b"{" * 5000,
        b"]",
        b"[",
        b"a: [",
        b"$" * 2_000_000,
    ):
        schema.write_bytes(content)
        assert codes(spec) == [], content[:20]
    outside = spec.parent.parent / "secret.pbtxt"
    outside.write_text(required)
    spec.write_text(text.replace("FILE", str(outside)))
    (spec.parent / ".git").mkdir()
    assert "W781" not in codes(spec)


def test_an_ignore_of_data_may_be_for_another_machine(spec: Path) -> None:
    spec.write_text(SPEC.replace('}}"}', '}}"}  # tfxc: ignore[W760, W763]'))
    assert codes(spec) == []
    (spec.parent / "data").mkdir()
    (spec.parent / "data" / "a.csv").write_text(GOOD)
    assert codes(spec) == []


def test_a_run_looks_at_the_data_of_its_parameters(spec: Path) -> None:
    (spec.parent / "data").mkdir()
    (spec.parent / "data" / "a.csv").write_text(GOOD)
    checked = check(spec)
    assert check_data(checked, {}).diagnostics == ()
    there, other = spec.parent / "other", spec.parent / "nowhere"
    there.mkdir()
    (there / "a.csv").write_text("x,x\n" + "1,2\n" * 30)
    assert [each.code for each in check_data(checked, {"data": str(there)}).diagnostics] == ["W761"]
    assert [each.code for each in check_data(checked, {"data": str(other)}).diagnostics] == ["W760"]
    assert check_data(checked, {"data": str(other)}, nodes=()).diagnostics == ()
    assert check_data(checked, {"data": "gs://bucket/data"}).diagnostics == ()


def test_paths_start_where_they_are_written(spec: Path, tmp_path: Path) -> None:
    (tmp_path / "base" / "data").mkdir(parents=True)
    (tmp_path / "base" / "data" / "a.csv").write_text(GOOD)
    (tmp_path / "base" / "base.yaml").write_text(SPEC)
    spec.write_text("extends: ../base/base.yaml\nname: derived\n")
    assert codes(spec) == []


@pytest.mark.parametrize(
    "content",
    ["hunter2,hunter2\n", "hunter2\nx\n", "\ufeffhunter2\n", ""],
    ids=["twice", "column", "mark", ""],
)
def test_no_column_of_data_outside_is_told(spec: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text(content)
    (tmp_path / "outside" / "b").write_text("hunter2\n" + "x\n" * 30)
    text = SPEC.replace("default: data", "default: ../outside") + (
        "  model: {type: Importer, source_uri: ., artifact_type: Model}\n"
        "  evaluator: {type: Evaluator, examples: example_gen.examples, model: model.result,\n"
        "    eval_config: {model_specs: [{label_key: hunter}]}}\n"
    )
    spec.write_text(text)
    checked = check(spec, look_at_data=True)
    stream = io.StringIO()
    write_diagnostics([checked], stream)
    assert checked.diagnostics
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize("pattern", ["[", "**", "/etc/*", "../*", "{SPAN}/*", "\0"])
def test_odd_patterns_are_borne(spec: Path, pattern: str) -> None:
    (spec.parent / "data").mkdir()
    text = SPEC.replace('}}"}', '}}", input_config: {splits: [{name: a, pattern: ' + repr(pattern) + "}]}}")
    spec.write_text(text)
    checked = check(spec, look_at_data=True)
    assert all(each.code.startswith(("S", "W", "Y")) for each in checked.diagnostics)


@pytest.mark.parametrize("place", ["a" * 5000, "/dev/null", "/dev/null/x", "~", "\\0", "{{ run.id }}"])
def test_odd_places_are_borne(spec: Path, place: str) -> None:
    spec.write_text(
        SPEC.replace("{{ parameters.data }}", place).replace("data: {type: path", "no: {type: path")
    )
    found = check(spec, look_at_data=True).diagnostics
    assert all(len(each.message) < 400 for each in found)


INNER = """\
version: 1
name: inner
parameters:
  data: {type: path, default: data}
  city: {type: str, default: nowhere}
  unknown: {type: str, default: ""}
components:
  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}/{{ parameters.city }}"}
  other: {type: CsvExampleGen, input_base: "{{ parameters.unknown }}"}
  schema_gen: {type: ImportSchemaGen, schema_file: schema.pbtxt}
"""
OUTER = """\
version: 1
name: outer
parameters:
  here: {type: path, default: given}
components:
  cities:
    type: Pipeline
    matrix: {city: [berlin, rome]}
    spec: parts/inner.yaml
    parameters: {data: "{{ parameters.here }}", city: "{{ matrix.city }}", unknown: "{{ env.DATA }}"}
  deep: {type: Pipeline, spec: parts/middle.yaml}
"""
MIDDLE = """\
version: 1
name: middle
components:
  again: {type: Pipeline, spec: inner.yaml, parameters: {unknown: "{{ run.id }}"}}
"""


def test_the_data_of_included_specs_are_looked_at_once(spec: Path) -> None:
    folder = spec.parent
    spec.write_text(OUTER)
    (folder / "parts").mkdir()
    (folder / "parts/inner.yaml").write_text(INNER)
    (folder / "parts/middle.yaml").write_text(MIDDLE)
    for city, text in (("berlin", GOOD), ("rome", "x,x\n" + "1,2\n" * 30)):
        (folder / "given" / city).mkdir(parents=True)
        (folder / "given" / city / "a.csv").write_text(text)
    checked = check(spec)
    assert checked.diagnostics == ()

    def told(*nodes: str, **parameters: str) -> list[tuple[str, str, int, str]]:
        found = check_data(checked, parameters, nodes or None).diagnostics
        spans = [each.span for each in found]
        assert {span.file for span in spans if span is not None} <= {str(folder / "parts/inner.yaml")}
        return [
            (each.code, span.file.rsplit("/", 1)[1], span.line, each.help[-1])
            for each, span in zip(found, spans, strict=True)
            if span is not None
        ]

    in_rome, in_again = "so it is in `cities[rome]`", "so it is in `deep.again`"
    schema = ("W760", "inner.yaml", 10, "so it is in `cities[berlin]`")
    repeated, absent = ("W761", "inner.yaml", 8, in_rome), ("W760", "inner.yaml", 8, in_again)
    assert sorted(told()) == sorted([schema, repeated, absent])
    assert told("cities.rome.example_gen") == [repeated]
    assert told("deep.again.example_gen") == [absent]
    assert told("deep.again.other") == []
    missing = told(here=str(folder / "nowhere"))
    assert ("W760", "inner.yaml", 8, "so it is in `cities[berlin]`") in missing
    (folder / "parts/inner.yaml").write_text(
        INNER.replace("name: inner", "name: inner\nignore: [W760, W761]")
    )
    assert codes(spec) == []
