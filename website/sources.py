"""All pages of the site, as Markdown with links of the site, and what lies beside them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tfxc.compiler.start.examples import example, examples
from tfxc.schemas.diagnostic_codes import CODES
from website.diagnostics import diagnostic_pages, origin, place
from website.drawings import as_tables
from website.links import led_to_the_site, with_bars, with_titles, without_notes
from website.markdown import block
from website.page import Page
from website.reference.commands import command_pages
from website.reference.components import component_pages
from website.reference.keys import key_pages
from website.reference.settings import settings_pages

ROOT = Path(__file__).parents[1]
THEME = ROOT / "website" / "theme"
HOME = PurePosixPath("index.md")
EXAMPLES = PurePosixPath("examples")
_LANGUAGES = {".yaml": "yaml", ".py": "python", ".pbtxt": "text", ".txt": "text"}
"""the files of an example that are shown → how they are highlighted"""
_AT_THE_ROOT = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "README.md": "index.md"}


def write_sources(folder: Path, repository: str = "") -> tuple[Page, ...]:
    """Writes every page and its surroundings below a folder, and returns the pages as they are written."""
    where = places()
    pages = tuple(_led(page, where, repository) for page in collected())
    for page in pages:
        target = folder / page.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page.text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    shutil.copy(ROOT / "docs" / "tfxc.schema.json", folder / "tfxc.schema.json")
    shutil.copytree(THEME / "javascripts", folder / "javascripts")
    shutil.copytree(THEME / "stylesheets", folder / "stylesheets")
    return pages


def collected() -> Iterator[Page]:
    """Yields the pages of the repository, of its examples, and those made from the code."""
    yield _of_file("website/pages/index.md", str(HOME))
    for path in sorted((ROOT / "docs").glob("*.md")):
        if path.name != "README.md":
            yield _of_file(path.relative_to(ROOT).as_posix(), path.name)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        yield _of_file(name, _AT_THE_ROOT[name])
    for name in example_names():
        yield _example(name)
    yield from diagnostic_pages()
    yield from component_pages()
    yield from command_pages()
    yield from key_pages()
    yield from settings_pages()


def example_names() -> list[str]:
    """Returns the names of the example pipelines."""
    return [each.name for each in examples()]


def places() -> dict[PurePosixPath, str]:
    """Returns where the files of the repository are on the site."""
    found = {f"docs/{path.name}": path.name for path in (ROOT / "docs").iterdir() if path.is_file()}
    found |= {f"docs/images/{path.name}": f"images/{path.name}" for path in (ROOT / "docs/images").iterdir()}
    found |= {"docs": "index.md", "docs/README.md": "index.md", "specs": "examples/penguin.md"}
    found |= _AT_THE_ROOT
    found |= {str(origin(code)): str(place(code)) for code in CODES}
    for name in example_names():
        page = str(EXAMPLES / f"{name}.md")
        found |= {f"specs/{name}": page, f"specs/{name}/README.md": page}
        found |= {f"specs/{name}/{file}": f"{page}#{_anchor(file)}" for file in _shown_files(name)}
    return {PurePosixPath(file): where for file, where in found.items()}


def _led(page: Page, where: dict[PurePosixPath, str], repository: str) -> Page:
    if page.origin is None:
        return Page(page.path, with_bars(page.text))
    text = led_to_the_site(
        as_tables(with_titles(without_notes(page.text))), page.origin, page.path, where, repository
    )
    return Page(page.path, with_bars(text), page.origin)


def _of_file(file: str, path: str) -> Page:
    return Page(PurePosixPath(path), (ROOT / file).read_text(encoding="utf-8"), PurePosixPath(file))


def _example(name: str) -> Page:
    """Returns the page of an example: its README, if it has one, and its files."""
    readme = ROOT / "specs" / name / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.exists() else f"# {name}\n"
    for file in _shown_files(name):
        path = ROOT / "specs" / name / file
        content = block(path.read_text(encoding="utf-8"), _LANGUAGES[path.suffix])
        text += f"\n## {file} {{ #{_anchor(file)} }}\n\n{content}"
    return Page(EXAMPLES / f"{name}.md", text, PurePosixPath("specs") / name / "README.md")


def _shown_files(name: str) -> list[str]:
    """Returns the files of an example that are shown, the spec first."""
    found = example(name)
    files = [file.relative_to(found.folder).as_posix() for file in found.files]
    shown = [file for file in files if Path(file).suffix in _LANGUAGES]
    return sorted(shown, key=lambda file: (file != "pipeline.yaml", file))


def _anchor(file: str) -> str:
    return file.replace("/", "-").replace(".", "-")
