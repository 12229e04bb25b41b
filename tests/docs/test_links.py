"""Every link leads somewhere: to a file, a heading, a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from tfxc.schemas.diagnostic_codes import CODES

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
TEST_NAME = re.compile(r"`(test_\w+)`")


def test_links_lead_somewhere(page: Any, pages: dict[str, Any], root: Path) -> None:
    broken = []
    for link in page.links():
        if SCHEME.match(link.text):
            continue
        path, _, anchor = link.text.partition("#")
        target = (page.path.parent / path).resolve() if path else page.path
        if not target.exists() or not target.is_relative_to(root):
            broken.append(f"{link}: there is no such file")
        elif anchor and target.suffix == ".md":
            there = pages.get(str(target.relative_to(root)))
            if there is None or anchor not in there.anchors():
                broken.append(f"{link}: there is no such heading")
    assert not broken, "\n".join(broken)


def test_tests_that_are_named_exist(page: Any) -> None:
    missing = []
    for link in page.links():
        named = TEST_NAME.fullmatch(link.of)
        if named is None:
            continue
        file = page.path.parent / link.text
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if named.group(1) not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(str(link))
    assert not missing, "\n".join(missing)


def test_every_page_is_in_the_index(pages: dict[str, Any], root: Path) -> None:
    index = pages["docs/README.md"]
    linked = {link.text.partition("#")[0] for link in index.links()}
    pages_and_files = {path.name for path in (root / "docs").iterdir() if path.is_file()}
    assert pages_and_files - {"README.md"} <= linked


def test_no_page_names_a_machine(page: Any) -> None:
    for number, line in enumerate(page.lines, start=1):
        assert not re.search(r"(?<![\w.])/(?:home|root|Users|work|tmp)/", line), f"{page.path.name}:{number}"


def test_codes_that_are_named_exist(page: Any) -> None:
    named = set(re.findall(r"\b[YSTPMCGWB]\d{3}\b", "\n".join(page.lines)))
    invented = {name for block in page.blocks for name in re.findall(r"explanations/(\w+)\.md", block.name)}
    assert named <= {*CODES, *invented}
