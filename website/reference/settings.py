"""The settings of a project, and environment variables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from tfxc.compiler.settings import SETTINGS
from tfxc.schemas.environment_variables import ENVIRONMENT_VARIABLES, Use
from website.markdown import block, code, prose, table
from website.page import Page

_SETTINGS = """\
# Settings of a project

They stand in a file `tfxc.toml`, or in the table `[tool.tfxc]` of `pyproject.toml`. Those count that are
nearest above a spec's folder: [more](../spec.md#settings-of-a-project).

"""
_EXAMPLE = """\
specs = ["pipelines"]
all-envs = true
strict = true
ignore = ["W76"]
"""


def settings_pages() -> Iterator[Page]:
    """Yields a page about the settings and one about environment variables."""
    rows = ((code(key), prose(setting.description)) for key, setting in SETTINGS.items())
    yield Page(
        PurePosixPath("reference/settings.md"),
        _SETTINGS + table(("Setting", "What it does"), rows) + "\n" + block(_EXAMPLE, "toml", "tfxc.toml"),
    )
    yield Page(PurePosixPath("reference/environment-variables.md"), "\n".join(_variables()))


def _variables() -> Iterator[str]:
    yield "# Environment variables\n"
    for use, heading in ((Use.SET, "Those that you set"), (Use.GIVEN, "Those that tfxc sets")):
        yield f"## {heading}\n"
        yield table(
            ("Variable", "What it does"),
            ((code(each.name), prose(each.description)) for each in ENVIRONMENT_VARIABLES if each.use is use),
        )
