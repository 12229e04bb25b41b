"""Every diagnostic code: a bad spec with its expected text, and a page whose examples are true.

``<CODE>/spec*.yaml`` are the bad specs and ``spec*.txt`` beside each what `tfxc validate` says about it.
``TFXC_UPDATE_GOLDENS=1 pytest tests/diagnostics`` writes the texts anew; read the difference. A first
line ``# environment: NAME`` applies an environment. A folder ``site`` is put on the import path.

A page ``schemas/explanations/<CODE>.md`` has the sections ``## Wrong`` and ``## Right``. Each holds one
spec in a block ```` ```yaml ````; a block with a name behind it (```` ```python steps.py ````) is a file
beside it.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write_diagnostics
from tfxc.compiler.source.read import LARGEST_FILE
from tfxc.schemas.diagnostic_codes import CODES, OF_DATA, OF_NO_SPEC, explanation

HERE = Path(__file__).parent
UPDATE = bool(os.environ.get("TFXC_UPDATE_GOLDENS"))
SPECS = sorted(path.relative_to(HERE) for path in HERE.glob("*/spec*.yaml"))
SECTIONS = ("Wrong", "Right")

GENERATED: Mapping[str, Callable[[], str]] = {
    "Y014": lambda: "# " + "x" * LARGEST_FILE + "\n",
}
"""code → the text of a spec that is too large to keep. For `OF_NO_SPEC` see test_validate.py."""


def _check(path: Path, code: str) -> CheckedSpec:
    first = path.read_bytes().split(b"\n", 1)[0].decode("utf-8", "replace")
    named = re.match(r"# environment: (\S+)", first)
    return check(path, named.group(1) if named else None, look_at_data=code in OF_DATA)


def _text(spec: CheckedSpec) -> str:
    stream = io.StringIO()
    write_diagnostics([spec], stream, 1)
    return stream.getvalue()


def _codes(spec: CheckedSpec) -> set[str]:
    return {diagnostic.code for diagnostic in spec.diagnostics}


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_bad_spec_gives_the_expected_text(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = HERE / spec.parent
    monkeypatch.chdir(folder)
    if (folder / "site").is_dir():
        monkeypatch.syspath_prepend(folder / "site")
    checked = _check(Path(spec.name), spec.parent.name)
    text = _text(checked)
    golden = folder / f"{spec.stem}.txt"
    if UPDATE:
        golden.write_text(text, encoding="utf-8")
    assert spec.parent.name in _codes(checked)
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", GENERATED)
def test_a_generated_spec_has_its_code(code: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(GENERATED[code](), encoding="utf-8")
    assert _codes(check(path)) == {code}


def test_every_code_has_a_bad_spec() -> None:
    assert {spec.parent.name for spec in SPECS} | set(GENERATED) | OF_NO_SPEC == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_begins_with_the_code_and_its_title(code: str) -> None:
    assert explanation(code).startswith(f"# {code}: {CODES[code].title}\n")


@pytest.mark.parametrize("code", [code for code in CODES if code not in GENERATED and code not in OF_NO_SPEC])
def test_the_examples_of_a_page_are_true(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if (HERE / code / "site").is_dir():
        monkeypatch.syspath_prepend(HERE / code / "site")
    found = {}
    for section in SECTIONS:
        folder = tmp_path / section
        folder.mkdir()
        for name, content in _blocks(explanation(code), section).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
        monkeypatch.chdir(folder)
        found[section] = _check(Path("pipeline.yaml"), code)
    assert code in _codes(found["Wrong"]), _text(found["Wrong"])
    assert not found["Right"].diagnostics, _text(found["Right"])


def _blocks(page: str, section: str) -> dict[str, str]:
    """Returns the files in a section of a page by name; the spec is ``pipeline.yaml``."""
    match = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert match, f"the page has no section ## {section}"
    blocks = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", match.group(1), re.MULTILINE | re.DOTALL)
    return {name or "pipeline.yaml": content for _, name, content in blocks}


def test_no_page_without_a_code() -> None:
    module = sys.modules["tfxc.schemas.diagnostic_codes"].__file__
    assert module is not None
    pages = {path.stem for path in (Path(module).parent / "explanations").glob("*.md")}
    assert pages == set(CODES)
