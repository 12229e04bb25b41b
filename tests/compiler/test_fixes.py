"""The edit beside a suggestion puts the mistake right, and machines get it."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.schemas.diagnostic_codes import OF_DATA
from tfxc.schemas.diagnostics import Diagnostic, Fix

GOLDENS = Path(__file__).parents[1] / "diagnostics"
FIXED = (
    *(
        "B111",
        "B122",
        "C501",
        "C502",
        "P301",
        "S103",
        "T206",
        "W716",
        "Y007",
        "M401",
        "M404",
        "B102",
        "G602",
        "G603",
        "P302",
        "P303",
        "S101",
        "S106",
        "S107",
    ),
    *("T201", "T202", "T203", "T207", "T211", "T212", "W712", "W762"),
)
"""Codes of mistakes in a name, for which there is a suggestion."""


def applied(text: str, fix: Fix) -> str:
    lines = text.splitlines(keepends=True)
    first, last = lines[fix.span.line - 1], lines[fix.span.end_line - 1]
    edited = first[: fix.span.column - 1] + fix.text + last[fix.span.end_column - 1 :]
    lines[fix.span.line - 1 : fix.span.end_line] = [edited]
    return "".join(lines)


def checked(path: Path, code: str) -> CheckedSpec:
    named = re.match(rb"# environment: (\S+)", path.read_bytes())
    return check(path, named.group(1).decode() if named else None, look_at_data=code in OF_DATA)


def of_kind(spec: CheckedSpec) -> Counter[tuple[str, str]]:
    return Counter((each.code, each.message) for each in spec.diagnostics)


@pytest.mark.parametrize("code", FIXED)
def test_a_fix_puts_the_mistake_right(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(GOLDENS / code, folder)
    monkeypatch.chdir(folder)
    tried = 0
    for path in sorted(folder.glob("spec*.yaml")):
        before = checked(Path(path.name), code)
        text = path.read_text()
        for diagnostic in before.diagnostics:
            if diagnostic.fix is None or diagnostic.fix.span.file != path.name:
                continue
            path.write_text(applied(text, diagnostic.fix))
            after = of_kind(checked(Path(path.name), code))
            key = (diagnostic.code, diagnostic.message)
            assert after[key] < of_kind(before)[key], diagnostic
            assert not [each for each in after if each[0][0] == "Y"]
            tried += diagnostic.code == code
        path.write_text(text)
    assert tried


def fixes(tmp_path: Path, text: str) -> list[tuple[str, str | None]]:
    (tmp_path / "pipeline.yaml").write_text(f"version: 1\nname: test\n{text}")
    found: tuple[Diagnostic, ...] = check(tmp_path / "pipeline.yaml").diagnostics
    return [(each.code, each.fix.text if each.fix is not None else None) for each in found]


GEN = "components:\n  gen: {type: CsvExampleGen, input_base: gs://b/d}\n"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("  s: {type: StatisticsGenn, examples: gen.examples}", ("T201", "StatisticsGen")),
        ("  s: {type: 'StatisticsGenn', examples: gen.examples}", ("T201", "'StatisticsGen'")),
        ('  s: {type: "StatisticsGenn", examples: gen.examples}', ("T201", '"StatisticsGen"')),
        ('  s: {type: StatisticsGen, "exampels": gen.examples}', ("S101", '"examples"')),
        ('  s: {type: StatisticsGen, examples: "genn.examples"}', ("T202", "gen")),
        ("  s: {type: StatisticsGen, examples: gen.exampels}", ("T203", "examples")),
        ("  s: {type: StatisticsGen, examples: gen.examples, exampels: gen.examples}", ("S101", None)),
        ("  s: {type: StatisticsGen, examples: xyz.examples}", ("T202", None)),
    ],
)
def test_a_fix_is_written_as_the_text_was(tmp_path: Path, text: str, fix: tuple[str, str | None]) -> None:
    assert fix in fixes(tmp_path, f"{GEN}{text}\n")


def test_machines_get_the_edit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text(f"version: 1\nname: test\n{GEN}  s: {{type: StatisticsGen, examples: gen.exampels}}\n")
    assert run(["validate", str(spec), "--format", "json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["diagnostics"]
    span = {"file": str(spec), "line": 5, "column": 42, "end_line": 5, "end_column": 50}
    assert told["fix"] == {**span, "text": "examples"}
    assert run(["validate", str(spec), "--format", "sarif"]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    region = {"startLine": 5, "startColumn": 42, "endLine": 5, "endColumn": 50}
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "examples"}}]
    assert change["artifactLocation"] == {"uri": spec.as_uri()}
