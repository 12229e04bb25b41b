"""The recipes of docs/developing.md: applied to a copy of the code, they do what the page says."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.docs.import_graphs import import_graph

ROOT = Path(__file__).parents[2]
LAYERS = ("schemas", "backends", "compiler")
PAGE = "docs/developing.md"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]


@dataclass
class Recipe:
    """Changes by file, a spec, and commands with what they must print."""

    changes: list[tuple[str, str]] = field(default_factory=list)
    spec: str = ""
    session: str = ""


def recipes(page: Any) -> dict[str, Recipe]:
    """Returns the recipes of the page that have steps, by their headings."""
    headings = page.headings()
    found: dict[str, Recipe] = {}
    for block in page.blocks:
        heading = [text for line, text in headings if line < block.line][-1]
        recipe = found.setdefault(heading, Recipe())
        if block.language == "diff":
            recipe.changes.append((block.name, block.text))
        elif block.language == "yaml":
            recipe.spec = block.text
        elif block.language == "text":
            recipe.session = block.text
    return {heading: recipe for heading, recipe in found.items() if recipe.changes}


def apply(file: Path, change: str) -> None:
    """Applies one change: what stays and goes must be there once; all that comes goes to the end."""
    lines = change.splitlines()
    old = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
    new = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if old:
        assert text.count(old) == 1, f"{file}: {old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    else:
        text += new
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code that Python finds as ``tfxc``."""
    for layer in LAYERS:
        shutil.copytree(ROOT / layer, tmp_path / layer)  # with what is compiled already
    package = tmp_path / "import_root" / "tfxc"
    package.mkdir(parents=True)
    for layer in LAYERS:
        (package / layer).symlink_to(tmp_path / layer)
    return tmp_path


def printed(command: str, folder: Path, copy: Path) -> str:
    """Returns what a command prints that runs the copy."""
    words = shlex.split(command)
    words = [*TFXC, *words[1:]] if words[0] == "tfxc" else words
    environment = {**os.environ, "PYTHONPATH": str(copy / "import_root"), "NO_COLOR": "1"}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "A component",
        "A diagnostic",
        "An execution option",
        pytest.param("A language feature", marks=pytest.mark.tfx),
    ],
)
def test_a_recipe_does_what_the_page_says(pages: dict[str, Any], copy: Path, name: str) -> None:
    recipe = recipes(pages[PAGE])[name]
    for file, change in recipe.changes:
        assert file.split("/")[0] in LAYERS
        apply(copy / file, change)
    folder = copy / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data/rows.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "texts").mkdir()
    (folder / "pipeline.yaml").write_text(recipe.spec, encoding="utf-8")
    output = ""
    for line in recipe.session.splitlines():
        if line.startswith("$ "):
            output = printed(line[2:], folder, copy)
        else:
            assert line in output, f"{line!r} is not in:\n{output}"


def test_the_pictures_are_of_the_code(pages: dict[str, Any]) -> None:
    """To draw them anew: TFXC_UPDATE_GOLDEN=1."""
    page = ROOT / PAGE
    for block in pages[PAGE].blocks:
        if block.language != "mermaid":
            continue
        drawn = import_graph(block.notes["imports of"])
        if os.environ.get("TFXC_UPDATE_GOLDEN"):
            page.write_text(page.read_text().replace(block.text, drawn, 1))
        else:
            assert block.text == drawn


def test_every_recipe_is_tried(pages: dict[str, Any]) -> None:
    page = pages[PAGE]
    below = [text for line, text in page.headings() if line > dict(map(reversed, page.headings()))["Recipes"]]
    names = below[: below.index("What is stable")]
    assert set(names) == {*recipes(page), "A backend"}
