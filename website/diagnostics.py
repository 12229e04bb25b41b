"""A page for each diagnostic code, and the index of all of them.

The page of CODE is ``diagnostics/CODE/`` for ever: reports of SARIF and editors lead there.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from tfxc.compiler.driver import check
from tfxc.compiler.output import write_found
from tfxc.schemas.diagnostic_codes import CODES, OF_DATA, OF_NO_SPEC, Code, explanation
from website.markdown import block, table
from website.page import Page, Section

FOLDER = PurePosixPath("diagnostics")
FAMILIES: Mapping[str, str] = {
    "Y": "The text and its surroundings",
    "S": "The shape of the document",
    "T": "Wiring and artifact types",
    "P": "Parameters, references, environments",
    "M": "Modules, components of your own, metrics",
    "C": "Conditions",
    "G": "The graph",
    "F": "Matrices",
    "W": "Designs that are surely not meant",
    "B": "Backends",
}
"""first letter of a code → what the codes are about"""


def place(code: str) -> PurePosixPath:
    """Returns where the page of a code is."""
    return FOLDER / code / "index.md"


def origin(code: str) -> PurePosixPath:
    """Returns the file of the repository that the page of a code is made from."""
    return PurePosixPath("schemas/explanations") / f"{code}.md"


def diagnostic_pages() -> Iterator[Page]:
    """Yields the index and a page for each code, with what is printed for its wrong spec."""
    yield Page(FOLDER / "index.md", "\n".join(_index()))
    for code in CODES.values():
        yield Page(place(code.code), _page(code), origin(code.code))


def diagnostic_section() -> Section:
    """Returns the part of the navigation with all codes, family by family."""
    families = tuple(
        Section(
            f"{letter}: {title}",
            tuple((code, place(code)) for code in CODES if code.startswith(letter)),
        )
        for letter, title in FAMILIES.items()
    )
    return Section("Diagnostics", (("All codes", FOLDER / "index.md"), *families))


def _index() -> Iterator[str]:
    yield "# Diagnostics\n"
    yield (
        "Every mistake that `tfxc validate` tells of has a code, which never changes its meaning."
        " `tfxc explain CODE` prints the page of one. A warning that is meant as it is can be"
        " [ignored](../spec.md#ignore); an error cannot.\n"
    )
    for letter, title in FAMILIES.items():
        yield f"## {letter}: {title.lower()}\n"
        yield table(
            ("Code", "", "What is wrong"),
            (
                (f"[{each.code}]({each.code}/index.md)", each.severity.value, each.title)
                for each in CODES.values()
                if each.code.startswith(letter)
            ),
        )


def _page(code: Code) -> str:
    text = explanation(code.code)
    title, _, rest = text.partition("\n")
    kind = f"{code.severity.value.capitalize()} · {FAMILIES[code.code[0]]} · `tfxc explain {code.code}`"
    printed = _printed(code.code, text)
    if printed:
        shown = f"What `tfxc validate` prints:\n\n{block(printed)}\n"
        rest = re.sub(r"(?m)^## Right$", lambda _: f"{shown}## Right", rest, count=1)
    return f"{title}\n\n{kind}\n{{ .diagnostic-kind }}\n{rest}"


def _printed(code: str, text: str) -> str:
    """Returns what is printed of a page's wrong spec; "" where no spec has the code."""
    if code in OF_NO_SPEC:
        return ""
    section = re.search(r"^## Wrong\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", section.group(1) if section else "", re.M | re.S)
    stream = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, _working_in(folder):
        for _, name, content in blocks:
            path = Path(name or "pipeline.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if not Path("pipeline.yaml").exists():
            return ""
        checked = check(Path("pipeline.yaml"), look_at_data=code in OF_DATA)
        found = [each for each in checked.diagnostics if each.code == code]
        write_found(found, checked.loaded.sources, stream, with_summary=False)
    return stream.getvalue()


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """Makes a folder the working directory, so that what is printed names files as a user sees them."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
