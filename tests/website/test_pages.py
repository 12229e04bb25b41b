"""What the site's pages are made of: links led to the site, and nothing of the code left out."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from tfxc.backends import backend_names
from tfxc.compiler.command_table import COMMANDS
from tfxc.compiler.settings import SETTINGS
from tfxc.schemas.components import component_types
from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.environment_variables import ENVIRONMENT_VARIABLES
from tfxc.schemas.spec import Spec
from website.checks import faults
from website.diagnostics import FAMILIES, diagnostic_pages
from website.drawings import as_tables
from website.links import led_to_the_site, with_bars, with_titles, without_notes
from website.navigation import navigation
from website.page import Page, Section
from website.reference.commands import command_pages
from website.reference.components import component_pages
from website.reference.keys import key_pages
from website.sources import places

ROOT = Path(__file__).parents[2]


def led(text: str, origin: str = "docs/spec.md", page: str = "spec.md", repository: str = "") -> str:
    return led_to_the_site(text, PurePosixPath(origin), PurePosixPath(page), places(), repository).rstrip(
        "\n"
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[T204](../schemas/explanations/T204.md)", "[T204](diagnostics/T204/index.md)"),
        ("[run](running.md#cache)", "[run](running.md#cache)"),
        ("[here](#paths)", "[here](#paths)"),
        ("[penguin](../specs/penguin/pipeline.yaml)", "[penguin](examples/penguin.md#pipeline-yaml)"),
        ("[parts](../specs/parts/README.md)", "[parts](examples/parts.md)"),
        ("![picture](images/report.png)", "![picture](images/report.png)"),
        ("[changes](../CHANGELOG.md)", "[changes](changelog.md)"),
        ("[TFX](https://www.tensorflow.org/tfx)", "[TFX](https://www.tensorflow.org/tfx)"),
        ("[`driver`](../compiler/driver.py)", "`driver`"),
    ],
)
def test_links_lead_to_the_site(link: str, expected: str) -> None:
    assert led(link) == expected


def test_files_that_the_site_has_not_are_linked_in_the_repository_if_its_address_is_known() -> None:
    link = led("[driver](../compiler/driver.py#L3)", repository="https://example.com/tfxc")
    assert link == "[driver](https://example.com/tfxc/blob/main/compiler/driver.py#L3)"


def test_links_begin_at_the_page() -> None:
    assert led("[spec](spec.md)", "docs/run.md", "deep/er/run.md") == "[spec](../../spec.md)"


def test_blocks_stay_as_they_are() -> None:
    text = "```md\n[T204](../schemas/explanations/T204.md)\n| `a\\|b` |\n<!-- run -->\n```"
    assert led(with_bars(without_notes(text))) == text


def test_what_only_tests_read_is_left_out() -> None:
    assert without_notes("a\n<!-- run -->\n```yaml\nb\n```") == "a\n```yaml\nb\n```"


def test_names_of_files_become_titles() -> None:
    assert with_titles("```python steps.py\nx\n```") == '```python title="steps.py"\nx\n```'


def test_bars_of_code_in_tables_are_shown() -> None:
    assert with_bars(r"| `a \| <b>` | c |") == "| <code>a &#124; &lt;b></code> | c |"


def test_drawings_become_tables() -> None:
    drawing = "```mermaid\nflowchart TD\n  a\n  a --> b\n  a --> c\n```\n"
    assert "| `a` | `b`, `c` |" in as_tables(drawing)


def test_every_code_has_a_page_at_its_address_with_what_is_printed() -> None:
    pages = {str(page.path): page.text for page in diagnostic_pages()}
    for code in CODES:
        text = pages[f"diagnostics/{code}/index.md"]
        assert text.startswith(f"# {code}: ")
        assert f"[{code}]({code}/index.md)" in pages["diagnostics/index.md"]
        assert code[0] in FAMILIES
    printed = [
        code
        for code in CODES
        if f"\n{CODES[code].severity.value}[{code}]: " in pages[f"diagnostics/{code}/index.md"]
    ]
    assert len(printed) > 0.9 * len(CODES)


def test_the_reference_is_complete() -> None:
    pages = {str(page.path): page.text for page in (*component_pages(), *command_pages(), *key_pages())}
    assert {f"reference/components/{name}.md" for name in component_types()} <= set(pages)
    assert {f"reference/commands/{name}.md" for name in COMMANDS} <= set(pages)
    assert {f"reference/backends/{name}.md" for name in backend_names()} <= set(pages)
    for key in Spec.model_fields:
        assert f"\n## `{key}`" in pages["reference/keys.md"]
    assert "--all-envs" in pages["reference/commands/validate.md"]
    assert "# tfxc runs compare" in pages["reference/commands/runs.md"]


def test_variables_of_the_code_are_in_the_reference() -> None:
    named = {
        name
        for folder in ("schemas", "backends", "compiler")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".jinja2") and path.name != "environment_variables.py"
        for name in re.findall(r"\bTFXC_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    assert named == {each.name for each in ENVIRONMENT_VARIABLES if each.name.startswith("TFXC_")}


def test_settings_of_the_code_are_in_the_language() -> None:
    section = (ROOT / "docs/spec.md").read_text(encoding="utf-8").partition("## Settings of a project")[2]
    assert set(SETTINGS) == set(
        re.findall(r"^\| `([a-z-]+)` \|", section.partition("\n## ")[0], re.MULTILINE)
    )


def test_pages_that_are_named_nowhere_are_in_the_navigation_too() -> None:
    top = navigation([Page(PurePosixPath("new.md"), "# Something `new`\n")])
    last = top.entries[-1]
    assert isinstance(last, Section)
    assert last.entries == (("Something new", PurePosixPath("new.md")),)


def test_faults_of_a_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there/index.html").write_text('<h1 id="good">x</h1>')
    (tmp_path / "index.html").write_text(
        '<script src="https://example.com/a.js"></script><img src="no.png"><a href="no.html">x</a>'
        '<a href="there/#good">x</a><a href="there/index.html#bad">x</a><a href="https://example.com">x</a>'
        '<link rel="stylesheet" href="//example.com/a.css"><link rel="canonical" href="https://example.com">'
    )
    assert list(faults(tmp_path)) == [
        "index.html loads https://example.com/a.js",
        "index.html loads no.png, which is not there",
        "index.html loads //example.com/a.css",
        "index.html leads to no.html, which is not there",
        "index.html leads to there/index.html#bad, where there is no such heading",
    ]
