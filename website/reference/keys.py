"""The keys of a spec and of each backend's section, made from the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tfxc.backends import backend_names, load_backend
from tfxc.compiler.models.component_pages import model_entries
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.spec import Spec
from website.markdown import code, prose, table
from website.page import Page
from website.reference.components import described

FOLDER = PurePosixPath("reference")


def key_pages() -> Iterator[Page]:
    """Yields the keys of the document, those of each backend's section, and the artifact types."""
    yield Page(FOLDER / "keys.md", "\n".join(_document()))
    for name in backend_names():
        yield Page(FOLDER / "backends" / f"{name}.md", "\n".join(_backend(name)))
    yield Page(FOLDER / "artifact-types.md", "\n".join(_artifact_types()))


def _document() -> Iterator[str]:
    yield "# Keys of a spec\n"
    yield "What stands at the top of a spec. [The language](../spec.md) says how they belong together.\n"
    yield from described(model_entries(Spec), "##")


def _backend(name: str) -> Iterator[str]:
    backend = load_backend(name)
    yield f"# backends.{name}\n"
    yield f"The settings of a spec's section `backends: {{{name}: …}}`.\n"
    entries = model_entries(backend.settings)
    if not entries:
        yield "It takes no settings.\n"
    yield from described(entries, "##")
    if backend.cannot:
        yield "## What it cannot do {: #cannot }\n"
        yield "A spec that asks for it is refused with [B101](../../diagnostics/B101/index.md).\n"
        yield table(
            ("Asked for", "Why not"),
            ((code(what), prose(why)) for what, why in sorted(backend.cannot.items())),
        )


def _artifact_types() -> Iterator[str]:
    yield "# Artifact types\n"
    yield "What channels carry, and the properties that [conditions](../spec.md#conditions) may ask for.\n"
    yield table(
        ("Type", "Properties", "Custom properties"),
        (
            (
                code(each.name),
                ", ".join(map(code, each.properties)),
                ", ".join(code(name) for name in each.custom_properties if not name.startswith("__")),
            )
            for each in ARTIFACT_TYPES.values()
        ),
    )
