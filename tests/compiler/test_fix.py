"""``tfxc fix``: what is put right, what is left alone, and what stays of the files."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.driver import check
from tfxc.compiler.fix.choose import corrections_of, without_overlaps
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Fix

GOLDENS = Path(__file__).parents[1] / "diagnostics"
SPECS = Path(__file__).parents[2] / "specs"
HEAD = "version: 1\nname: x\ncomponents:\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fixed(text: str, *options: str) -> tuple[int, str]:
    Path("pipeline.yaml").write_text(text, newline="")
    code = run(["fix", "pipeline.yaml", *options])
    return code, Path("pipeline.yaml").read_bytes().decode()


def component(text: str) -> str:
    return f"{HEAD}  example_gen: {{type: CsvExampleGen, input_base: data}}\n  {text}\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("s: {type: StatisticGen, examples: example_gen.examples}", "s: {type: StatisticsGen, "),
        ("s: {type: StatisticsGen, exmples: example_gen.examples}", "StatisticsGen, examples: example_gen"),
        ("s: {type: StatisticsGen, examples: exampl_gen.exampels}", "examples: example_gen.examples}"),
        ("s: {type: StatisticsGen, examples: \"example_gen.outputs['examples']\"}", '"example_gen.examples"'),
        ("s: {type: StatisticsGen, examples: example_gen}", "examples: example_gen.examples}"),
        (
            "E, execution: {retries: '2'}}",
            "retries: 2}",
        ),
        (
            "E, execution: {retries: 2.0}}",
            "retries: 2}",
        ),
        (
            "E, execution: {cache: 'no'}}",
            "cache: false}",
        ),
        (
            "E, execution: {env: {A: 1.10}}}",
            'A: "1.10"}',
        ),
        (
            "E, depends_on: example_gen}",
            "[example_gen]",
        ),
        ("i: {type: ImportExampleGen, input_base: d, payload_format: FORMAT_PROTO}", "payload_format: 11}"),
        ("i: {type: CsvExampleGen, input_base: {{ run.id }}}", 'input_base: "{{ run.id }}"}'),
        ("i: {type: CsvExampleGen, input_base: '{ run.id }}'}", "input_base: '{{ run.id }}'}"),
    ],
)
def test_a_slip_is_put_right(wrong: str, right: str) -> None:
    wrong = wrong.replace("E,", "s: {type: StatisticsGen, examples: example_gen.examples,")
    code, text = fixed(component(wrong))
    assert right in text
    assert code == 0
    assert fixed(text)[1] == text


@pytest.mark.parametrize(
    "left",
    [
        "s: {type: StatisticsGen, examples: example_gen.examples, exec: {cache: true}}",
        "s: {type: Validator, statistics: example_gen.examples}",
        "s: {type: StatisticsGen, examples: exampl_gen2.examples}",
        "s: {type: StatisticsGen, examples: example_gen.examples, depends_on: [s]}",
    ],
)
def test_what_is_not_sure_stays(left: str) -> None:
    code, text = fixed(component(left))
    assert text == component(left)
    assert code == 1


def test_several_equally_near_are_left() -> None:
    text = f"{HEAD}  gen_a: {{type: CsvExampleGen, input_base: a}}\n"
    text += "  gen_b: {type: CsvExampleGen, input_base: b}\n"
    text += "  s: {type: StatisticsGen, examples: gen_c.examples}\n"
    assert fixed(text) == (1, text)


def test_comments_line_ends_mark_mode_and_links_stay(capsys: pytest.CaptureFixture[str]) -> None:
    text = component("s: {type: StatisticGen, examples: example_gen.examples}  # über").replace("\n", "\r\n")
    Path("real").mkdir()
    target = Path("real/spec.yaml")
    target.write_bytes(b"\xef\xbb\xbf" + text.rstrip().encode())
    target.chmod(0o640)
    Path("pipeline.yaml").symlink_to(target)
    assert run(["fix", "pipeline.yaml"]) == 0
    expected = text.rstrip().replace("StatisticGen", "StatisticsGen")
    assert target.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert target.stat().st_mode & 0o777 == 0o640
    assert Path("pipeline.yaml").is_symlink()
    assert "pipeline.yaml:5: T201:" in capsys.readouterr().out


def test_each_edit_goes_into_its_own_file_once() -> None:
    Path(".git").mkdir()
    Path("base.yaml").write_text(component("s: {type: StatisticGen, examples: example_gen.examples}"))
    for name in ("a", "b"):
        Path(name).mkdir()
        overlay = "extends: ../base.yaml\nenvironments:\n  prod:\n    pipeline_rot: gs://x\n"
        Path(name, "pipeline.yaml").write_text(overlay)
    assert run(["fix", "."]) == 0
    assert "type: StatisticsGen" in Path("base.yaml").read_text()
    for name in ("a", "b"):
        assert "    pipeline_root: gs://x" in Path(name, "pipeline.yaml").read_text()


def test_a_diff_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    text = component("s: {type: StatisticGen, examples: example_gen.examples}")
    assert fixed(text, "--diff") == (1, text)
    shown = capsys.readouterr().out
    assert shown.startswith("--- a/pipeline.yaml\n+++ b/pipeline.yaml\n@@")
    assert "+  s: {type: StatisticsGen, examples: example_gen.examples}\n" in shown
    assert fixed(text.replace("StatisticGen", "StatisticsGen"), "--diff")[0] == 0


def test_a_fix_that_would_bring_another_error_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    text = component("stats: {type: StatisticsGen, examples: example_gen.examples, depends_on: [statss]}")
    code, now = fixed(text, "--json")
    assert (code, now) == (1, text)
    [refused] = json.loads(capsys.readouterr().out)["refused"]
    assert (refused["code"], refused["text"]) == ("G602", "stats")
    assert refused["because"]["code"] == "G601"


def test_json_lists_every_fix(capsys: pytest.CaptureFixture[str]) -> None:
    fixed(component("s: {type: StatisticGen, exmples: example_gen.examples}"), "--json")
    document = json.loads(capsys.readouterr().out)
    assert [fix["code"] for fix in document["files"][0]["fixes"]] == ["T201", "S101"]
    assert document["written"]
    assert document["errors_left"] == 0


def test_a_file_that_may_only_be_read_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pipeline.yaml").write_text(component("s: {type: StatisticGen, examples: example_gen.examples}"))
    Path("pipeline.yaml").chmod(0o444)
    assert run(["fix", "pipeline.yaml"]) == 2
    assert "pipeline.yaml is left as it is, pipeline.yaml: it may only be read" in capsys.readouterr().err
    assert "StatisticGen" in Path("pipeline.yaml").read_text()


@pytest.mark.parametrize("argument", ["-", "absent.yaml", "."])
def test_what_cannot_be_changed_is_wrong_use(argument: str) -> None:
    assert run(["fix", argument]) == 2


def counts(diagnostic: Diagnostic) -> bool:
    """Whether it is an error, but not of a backend: these see a spec only when nothing else is wrong."""
    return diagnostic.is_error and not diagnostic.code.startswith("B")


@pytest.mark.parametrize(
    "code", sorted(path.name for path in GOLDENS.iterdir() if path.is_dir() and path.name[0] != "W")
)
def test_no_spec_gets_worse(code: str, tmp_path: Path) -> None:
    folder = tmp_path / code
    shutil.copytree(GOLDENS / code, folder)
    for path in sorted(folder.glob("spec*.yaml")):
        content = path.read_bytes()
        run(["fix", str(path)])
        fixed = path.read_bytes()
        if fixed == content:
            continue
        after = Counter(each.code for each in check(path).diagnostics if counts(each))
        path.write_bytes(content)
        before = Counter(each.code for each in check(path).diagnostics if counts(each))
        grown = after - before
        assert sum(after.values()) <= sum(before.values()) or before["T201"] > after["T201"], grown
        assert fixed.count(b"#") == content.count(b"#")
        path.write_bytes(fixed)
        run(["fix", str(path)])
        assert path.read_bytes() == fixed


def test_valid_specs_stay(tmp_path: Path) -> None:
    shutil.copytree(SPECS, tmp_path / "specs")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.yaml"))}
    assert run(["fix", "specs"]) == 0
    assert before == {path: path.read_bytes() for path in before}


def test_of_fixes_that_overlap_the_same_is_taken_whatever_their_order() -> None:
    source = Source("x.yaml", "abcdef", Path())
    spans = [source.span(0, 4), source.span(2, 6), source.span(0, 2), source.span(4, 6)]
    found = [
        Diagnostic("S101", severity_of("S101"), str(index), span, fix=Fix(span, "x"))
        for index, span in enumerate(spans)
    ]
    for order in (found, found[::-1]):
        taken = without_overlaps(corrections_of(order, source))
        assert [(each.edit.start, each.edit.end) for each in taken] == [(0, 2), (2, 6)]
