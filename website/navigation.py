"""What stands in the site's navigation, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tfxc.backends import backend_names
from tfxc.compiler.command_table import COMMANDS
from tfxc.compiler.models.component_pages import component_overview
from website.diagnostics import diagnostic_section
from website.page import Page, Section
from website.reference import commands, components, keys
from website.sources import EXAMPLES, HOME, example_names

_TUTORIAL = (("Start with your data", "starting.md"), ("The first hour", "first-hour.md"))
_GUIDES = (
    (
        "Write",
        (
            ("The language", "spec.md"),
            ("Modules of Python", "modules.md"),
            ("Components", "components.md"),
            ("Change specs", "changing.md"),
            ("Import from TFX", "importing.md"),
            ("In an editor", "editor.md"),
        ),
    ),
    (
        "Run",
        (
            ("On this machine", "running.md"),
            ("Test pipelines", "testing.md"),
            ("Reports", "report.md"),
            ("Past runs", "runs.md"),
            ("Pages of runs", "ui.md"),
        ),
    ),
    (
        "Orchestrate",
        (("Airflow", "airflow.md"), ("Kubeflow", "kubeflow.md"), ("CI/CD", "ci.md"), ("Alerts", "alerts.md")),
    ),
    (
        "Serve",
        (
            ("Serve a model", "serving.md"),
            ("Deploy", "deploying.md"),
            ("Registries", "registry.md"),
            ("Monitor", "monitoring.md"),
        ),
    ),
)
_BEHIND = (
    ("Compared with other tools", "comparison.md"),
    ("Benchmarks", "benchmarks.md"),
    ("The launcher", "launcher.md"),
    ("Write a backend", "backends.md"),
    ("Develop tfxc", "developing.md"),
    ("Contribute", "contributing.md"),
    ("Changes", "changelog.md"),
)


def navigation(pages: Iterable[Page]) -> Section:
    """Returns the whole navigation. A page that is named nowhere stands at its end, by its title."""
    pages = tuple(pages)
    top = (
        ("Home", HOME),
        _section("Tutorial", _TUTORIAL),
        Section("Guides", tuple(_section(title, entries) for title, entries in _GUIDES)),
        Section("Examples", tuple((name, EXAMPLES / f"{name}.md") for name in example_names())),
        _reference(),
        diagnostic_section(),
        _section("Background", _BEHIND),
    )
    named = set(_paths(Section("", top)))
    there = {page.path for page in pages}
    rest = tuple((_title(page), page.path) for page in pages if page.path not in named)
    return _only(Section("", (*top, Section("More", rest)) if rest else top), there)


def _section(title: str, entries: Iterable[tuple[str, str]]) -> Section:
    return Section(title, tuple((name, PurePosixPath(path)) for name, path in entries))


def _reference() -> Section:
    return Section(
        "Reference",
        (
            ("Keys of a spec", keys.FOLDER / "keys.md"),
            Section(
                "Components",
                (
                    ("All components", components.FOLDER / "index.md"),
                    ("Keys of every component", components.COMMON),
                    *((row.type, components.FOLDER / f"{row.type}.md") for row in component_overview()),
                ),
            ),
            Section(
                "Backends",
                tuple((name, keys.FOLDER / "backends" / f"{name}.md") for name in backend_names()),
            ),
            ("Artifact types", keys.FOLDER / "artifact-types.md"),
            Section(
                "Commands",
                (
                    ("All commands", commands.FOLDER / "index.md"),
                    *((name, commands.FOLDER / f"{name}.md") for name in COMMANDS),
                ),
            ),
            ("Settings", PurePosixPath("reference/settings.md")),
            ("Environment variables", PurePosixPath("reference/environment-variables.md")),
        ),
    )


def _paths(section: Section) -> Iterator[PurePosixPath]:
    for entry in section.entries:
        if isinstance(entry, Section):
            yield from _paths(entry)
        else:
            yield entry[1]


def _only(section: Section, there: set[PurePosixPath]) -> Section:
    """Returns the section without pages that there are not."""
    kept = tuple(
        _only(entry, there) if isinstance(entry, Section) else entry
        for entry in section.entries
        if isinstance(entry, Section) or entry[1] in there
    )
    return Section(section.title, kept)


def _title(page: Page) -> str:
    heading = next((line for line in page.text.splitlines() if line.startswith("# ")), f"# {page.path.stem}")
    return heading.removeprefix("# ").replace("`", "")
