"""The generator: Zensical, which makes HTML of Markdown and a search that needs no server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from website.page import Section

NAME = "tfxc"
PAGES = "pages"
_SITE = "site"
_FEATURES = (
    "content.code.copy",
    "navigation.footer",
    "navigation.indexes",
    "navigation.path",
    "navigation.prune",
    "navigation.tabs",
    "navigation.top",
    "search.highlight",
    "toc.follow",
)
_EXTENSIONS: dict[str, Any] = {
    "admonition": {},
    "attr_list": {},
    "md_in_html": {},
    "tables": {},
    # As GitHub makes them, where the same pages are read.
    "toc": {"permalink": True, "slugify": {"object": "pymdownx.slugs.slugify", "kwds": {"case": "lower"}}},
    "pymdownx.details": {},
    "pymdownx.highlight": {"anchor_linenums": False, "pygments_lang_class": True},
    "pymdownx.inlinehilite": {},
    "pymdownx.superfences": {},
}
_WORKER = {
    "path": "javascripts/iframe-worker.js",
    "type": "text/javascript",
    "async": False,
    "defer": False,
}
"""Makes the search work where pages are opened as files: without it Zensical takes one from the network."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class BrokenSite(Exception):  # noqa: N818 - it is what was found, not a fault of ours
    """The site has dead links or anchors, or could not be made; the message is what the generator says."""


def build(folder: Path, navigation: Section, address: str, repository: str) -> Path:
    """Makes the site out of the Markdown in the folder's `PAGES`, and returns where it is.

    ``address`` is where it will stand and ``repository`` where its sources are, "" if not known. Raises
    BrokenSite for anything that the generator warns of: links to pages and headings that there are not.
    """
    settings = folder / "zensical.toml"
    settings.write_text(_toml(_configuration(navigation, address, repository)), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "zensical",
        "build",
        "--strict",
        "--clean",
        "--config-file",
        str(settings),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenSite(_COLOURS.sub("", done.stdout + done.stderr))
    return folder / _SITE


def _configuration(navigation: Section, address: str, repository: str) -> dict[str, Any]:
    palette = [
        {
            "media": "(prefers-color-scheme)",
            "toggle": {"icon": "lucide/sun-moon", "name": "Switch to light mode"},
        },
        {
            "media": "(prefers-color-scheme: light)",
            "scheme": "default",
            "toggle": {"icon": "lucide/sun", "name": "Switch to dark mode"},
        },
        {
            "media": "(prefers-color-scheme: dark)",
            "scheme": "slate",
            "toggle": {"icon": "lucide/moon", "name": "Switch to system preference"},
        },
    ]
    project: dict[str, Any] = {
        "site_name": NAME,
        "site_description": "One YAML file, checked before it runs, compiled to where you run it.",
        "docs_dir": PAGES,
        "site_dir": _SITE,
        "use_directory_urls": False,
        "nav": _nav(navigation),
        "extra_css": ["stylesheets/site.css"],
        "extra": {"polyfills": [_WORKER], "generator": False},
        "theme": {"language": "en", "font": False, "features": list(_FEATURES), "palette": palette},
        "plugins": {"search": {}, "offline": {}},
        "markdown_extensions": _EXTENSIONS,
    }
    if address:
        project["site_url"] = address
    if repository:
        project["repo_url"] = repository
    return {"project": project}


def _nav(section: Section) -> list[dict[str, Any]]:
    return [
        {entry.title: _nav(entry)} if isinstance(entry, Section) else {entry[0]: str(entry[1])}
        for entry in section.entries
    ]


def _toml(value: dict[str, Any]) -> str:
    """Returns a mapping as TOML, its tables in one line each."""
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {_inline(inner)}\n" for key, inner in table.items())
        for name, table in value.items()
    )


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)  # texts, numbers and truth values are written alike in JSON and TOML
