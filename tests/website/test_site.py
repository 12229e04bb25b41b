"""The site is built without a warning, and read in a browser that has no network."""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from website.__main__ import build_site

pytestmark = pytest.mark.browser

PAGES = (
    "index.html",
    "spec.html",
    "developing.html",
    "diagnostics/",
    "diagnostics/T204/",
    "reference/components/Evaluator.html",
    "reference/commands/validate.html",
    "examples/cities.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds the site; a dead link, a dead anchor or something from elsewhere fails it."""
    target = tmp_path_factory.mktemp("site") / "built"
    build_site(target)
    return target


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Returns the address at which a plain server of files has the site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "install it: apt-get install chromium"
    with sync_playwright() as started:
        yield started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Returns a function that opens a page; complaints, and requests to elsewhere, fail the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def shown(url: str, **context: Any) -> Page:
        page = browser.new_page(**context)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        here = ("file:", "data:", "blob:", "http://127.0.0.1:")
        page.on("request", lambda asked: None if asked.url.startswith(here) else complaints.append(asked.url))
        page.goto(url)
        return page

    yield shown
    for page in pages:
        page.close()
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_shown_without_a_complaint(show: Callable[..., Page], address: str, path: str) -> None:
    page = show(address + path)
    expect(page.locator("h1").first).to_be_visible()
    broken = page.eval_on_selector_all("img", "all => all.filter(e => e.complete && !e.naturalWidth).length")
    assert broken == 0


def test_light_and_dark(show: Callable[..., Page], address: str) -> None:
    def background(scheme: str) -> int:
        page = show(address + "spec.html", color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.partition("(")[2].rstrip(")").split(",")[:3])

    assert background("light") > 600
    assert background("dark") < 150


@pytest.mark.parametrize("width", [390, 1300])
def test_no_page_is_wider_than_the_screen(show: Callable[..., Page], address: str, width: int) -> None:
    for path in PAGES:
        page = show(address + path, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("kind", ["a server", "files"])
def test_the_search_finds_a_code_without_a_network(
    show: Callable[..., Page], address: str, site: Path, kind: str
) -> None:
    start = address if kind == "a server" else f"{site.as_uri()}/"
    page = show(start + "spec.html", viewport={"width": 1300, "height": 900})
    page.get_by_role("button", name="Search").first.click()
    found = page.locator("a[href*='diagnostics/T204/']").first
    for _ in range(20):  # what is asked before the index is read is forgotten
        page.get_by_role("combobox", name="Search").fill("")
        page.get_by_role("combobox", name="Search").fill("T204")
        with contextlib.suppress(AssertionError):
            expect(found).to_contain_text("artifacts of the wrong type")
            break
    found.click()
    expect(page.locator("h1")).to_contain_text("T204: artifacts of the wrong type")
