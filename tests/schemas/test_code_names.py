"""Every diagnostic code that code, docs and tests name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tfxc.schemas.diagnostic_codes import CODES

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("schemas", "backends", "compiler", "specs", "tests", "docs", "README.md")
CODE = re.compile(r"\b[YSTPMCGWB][0-9]{3}\b")
LINTERS = re.compile(r"noqa: [A-Z0-9, ]+")
"""Codes of ruff's, which look like ours."""
INVENTED = {"tests/schemas/test_code_names.py", "tests/diagnostics/ruff.toml"}
"""Files that may name codes which are not there."""
RECIPE = "docs/developing.md: W749"
"""The code that the recipe for a diagnostic makes."""


def _texts() -> Iterator[Path]:
    for name in FOLDERS:
        place = ROOT / name
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if (
                path.is_file()
                and path.suffix in {".py", ".md", ".jinja2"}
                and path.relative_to(ROOT).as_posix() not in INVENTED
            ):
                yield path


def test_every_code_that_is_named_is_there() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {code}"
        for path in _texts()
        for code in CODE.findall(LINTERS.sub("", path.read_text(encoding="utf-8", errors="replace")))
        if code not in CODES
    }
    assert unknown - {RECIPE} == set()
