"""What must hold of the finished site: it is whole without a network."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src"}
_LOADED_LINKS = frozenset({"stylesheet", "icon", "preconnect", "preload", "modulepreload", "manifest"})


class _Addresses(HTMLParser):
    """The addresses in a page: those ``loaded`` with it, those ``led_to``, and its anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.led_to: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.anchors.add(given["id"])
        if tag in _LOADED and given.get(_LOADED[tag]):
            self.loaded.append(given[_LOADED[tag]])
        if tag == "link" and _LOADED_LINKS & set(given.get("rel", "").split()):
            self.loaded.append(given["href"])
        if tag == "a" and given.get("href"):
            self.led_to.append(given["href"])


def faults(site: Path) -> Iterator[str]:
    """Yields what is wrong with the pages: something from elsewhere is loaded, or a link leads nowhere."""
    pages = {path: _read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links begin at the root of wherever the site is
        name = path.relative_to(site)
        for address in page.loaded:
            if urlsplit(address).scheme not in ("", "data") or address.startswith("//"):
                yield f"{name} loads {address}"
            elif not address.startswith("data:") and not _target(path, address).is_file():
                yield f"{name} loads {address}, which is not there"
        for address in page.led_to:
            parts = urlsplit(address)
            if parts.scheme or address.startswith("//"):
                continue
            target = _target(path, parts.path) if parts.path else path
            if not target.is_file():
                yield f"{name} leads to {address}, which is not there"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{name} leads to {address}, where there is no such heading"


def _read(path: Path) -> _Addresses:
    page = _Addresses()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _target(page: Path, address: str) -> Path:
    path = unquote(urlsplit(address).path)
    target = Path(posixpath.normpath(page.parent / path))
    return target / "index.html" if path.endswith("/") or path in ("", ".", "..") else target
