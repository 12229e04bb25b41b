"""The pages of the documentation taken apart, so that what they show can be tried.

A fenced block says by its first line, and by an HTML comment in the line above it, what it is:

```` ```yaml ````
    a whole spec: `tfxc validate` has nothing to say about it
```` ```yaml NAME ````, ```` ```python NAME ````
    the same, and any other file: it also lies beside the specs of its page under that name
``<!-- run -->``
    a whole spec that can be run, in seconds
``<!-- part of: specs/penguin -->``
    a YAML block that is merged over this spec; with ``| at: components.trainer`` it stands under that key
``<!-- not a spec -->``
    other YAML; commands of ``tfxc`` in its texts are tried all the same
``<!-- output of: tfxc validate pipeline.yaml -->``
    consecutive lines of what a command prints; ``pipeline.yaml`` is the whole spec last shown. With
    ``| in: specs/penguin`` it is that example, with ``| line 39: TEXT`` after one of its lines was replaced
``<!-- recipe -->``
    commands and what must be in their output, after the changes of the section (test_developing_page.py)
``<!-- ask -->``
    a command that asks a server; the next block is its answer (tests/serving/test_docs_page.py)
``<!-- imports of: compiler -->``
    a drawing of a folder of the code
```` ```sh ````
    command lines
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_WHERE = ("README.md", "docs/*.md", "specs/*/README.md", "website/pages/*.md")
PAGES = tuple(page for pattern in _WHERE for page in sorted(ROOT.glob(pattern)))

_FENCE = re.compile(r"^( *)(`{3,})(.*)$")
_COMMENT = re.compile(r"^<!-- (.+) -->$")
_INLINE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^(#{1,6}) +(.+?)\s*$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name behind it, its text and the notes of the comment above it.

    ``line`` is the number of its fence, from 1. ``spec`` is the text of the whole spec last shown.
    """

    page: Path
    line: int
    language: str
    name: str
    text: str
    notes: dict[str, str] = field(default_factory=dict)
    spec: str = ""

    @property
    def is_spec(self) -> bool:
        return self.language == "yaml" and self.notes.keys() <= {"run"}

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Text:
    """A piece of a page at a line: a command, a link's target (``of`` is what it is written on)."""

    page: Path
    line: int
    text: str
    of: str = ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} {self.text}"


class Page:
    """One Markdown file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.blocks: list[Block] = []
        self.prose: list[str] = []
        """the lines outside of blocks; those of blocks are empty"""
        self._read()

    def _read(self) -> None:
        spec = ""
        position = 0
        while position < len(self.lines):
            fence = _FENCE.match(self.lines[position])
            if fence is None:
                self.prose.append(self.lines[position])
                position += 1
                continue
            indent, ticks, info = fence.groups()
            end = next(
                (
                    number
                    for number in range(position + 1, len(self.lines))
                    if self.lines[number].strip().startswith(ticks) and not self.lines[number].strip("` ")
                ),
                len(self.lines),
            )
            content = [line.removeprefix(indent) for line in self.lines[position + 1 : end]]
            language, _, name = info.strip().partition(" ")
            above = _COMMENT.match(self.lines[position - 1].strip()) if position else None
            notes = _notes(above.group(1)) if above else {}
            block = Block(self.path, position + 1, language, name, "\n".join([*content, ""]), notes, spec)
            self.blocks.append(block)
            spec = block.text if block.is_spec else spec
            self.prose += [""] * (end + 1 - position)
            position = end + 1

    def headings(self) -> list[tuple[int, str]]:
        """Returns (line, text) of each heading."""
        return [
            (number, match.group(2))
            for number, line in enumerate(self.prose, start=1)
            if (match := _HEADING.match(line))
        ]

    def anchors(self) -> set[str]:
        """Returns the anchors that GitHub makes of the headings."""
        found: set[str] = set()
        for _, heading in self.headings():
            plain = _LINK.sub(lambda link: link.group(1), heading)
            slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            number = next(n for n in range(1000) if (f"{slug}-{n}" if n else slug) not in found)
            found.add(f"{slug}-{number}" if number else slug)
        return found

    def links(self) -> Iterator[Text]:
        """Yields every link outside of blocks, with what it is written on."""
        for number, line in enumerate(self.prose, start=1):
            for match in _LINK.finditer(line):
                yield Text(self.path, number, match.group(2), match.group(1))

    def inline_code(self) -> Iterator[Text]:
        """Yields what stands in backticks outside of blocks."""
        text = "\n".join(self.prose)
        for match in _INLINE.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Text(self.path, line, " ".join(match.group(2).split()))

    def tables(self, heading: str) -> list[list[list[str]]]:
        """Returns the tables below a heading and above the next one, without their own headings."""
        starts = [line for line, text in self.headings() if text == heading]
        assert starts, f"{self.path} has no heading {heading!r}"
        found: list[list[list[str]]] = []
        before = ""
        for line in self.prose[starts[0] :]:
            if _HEADING.match(line):
                break
            if line.startswith("|"):
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]
                found += [] if before.startswith("|") else [[]]
                found[-1].append(cells)
            before = line
        return [table[2:] for table in found]


def _notes(comment: str) -> dict[str, str]:
    """Returns ``a: b | c: d`` as a mapping; a part without a colon maps to nothing."""
    parts = (part.partition(":") for part in comment.split(" | "))
    return {key.strip(): value.strip() for key, _, value in parts}


ALL_PAGES = {path: Page(path) for path in PAGES}


def _blocks(language: str) -> list[Block]:
    return [block for page in ALL_PAGES.values() for block in page.blocks if block.language == language]


def _cases(name: str) -> list[object] | None:
    """Returns the values of an argument of a test; None if it is none of ours."""
    if name == "page":
        return list(ALL_PAGES.values())
    if name == "whole_spec":
        return [block for block in _blocks("yaml") if block.is_spec]
    if name == "spec_to_run":
        return [block for block in _blocks("yaml") if "run" in block.notes]
    if name == "part_of_a_spec":
        return [block for block in _blocks("yaml") if "part of" in block.notes]
    if name == "other_yaml":
        return [block for block in _blocks("yaml") if "not a spec" in block.notes]
    if name == "shell_block":
        return list(_blocks("sh"))
    if name == "printed":
        return [block for page in ALL_PAGES.values() for block in page.blocks if "output of" in block.notes]
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for name in metafunc.fixturenames:
        cases = _cases(name)
        if cases is not None:
            ids = [
                str(case.path.relative_to(ROOT)) if isinstance(case, Page) else str(case) for case in cases
            ]
            metafunc.parametrize(name, cases, ids=ids)


@pytest.fixture
def pages() -> dict[str, Page]:
    """The pages by their path from the root."""
    return {str(path.relative_to(ROOT)): page for path, page in ALL_PAGES.items()}


@pytest.fixture
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture
def with_shell_backend(pages: dict[str, Page], tmp_path: Path) -> dict[str, str]:
    """An environment in which the backend of docs/backends.md is installed."""
    files = {block.name: block.text for block in pages["docs/backends.md"].blocks if block.name}
    folder = tmp_path / "site"
    information = folder / "tfxc_shell-1.0.dist-info"
    information.mkdir(parents=True)
    (folder / "shell_backend.py").write_text(files["shell_backend.py"], encoding="utf-8")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: tfxc-shell\nVersion: 1.0\n")
    _, _, group = files["pyproject.toml"].partition('[project.entry-points."tfxc.backends"]\n')
    entry = group.split("\n\n")[0].replace('"', "")
    (information / "entry_points.txt").write_text(f"[tfxc.backends]\n{entry}\n")
    return {**os.environ, "PYTHONPATH": str(folder)}
