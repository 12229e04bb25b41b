"""Templates of texts that are no HTML: Python, Dockerfiles, Markdown."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def text_template(package: str, name: str, folder: str = "templates") -> Template:
    """Returns a template of a package, compiled once in a process. A value that it is not given is an error.

    Nothing is escaped: what comes from outside is written by the caller as the text's own language wants it.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, package_path=folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - see above
    )
    return environment.get_template(name)
