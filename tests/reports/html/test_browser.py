"""The page in a browser without a network: nothing is complained of, and tables and curves work."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tfxc.backends.reports.html.page import run_page

pytestmark = pytest.mark.browser
ODD = "</script><b onload=x>\"'&\x00\u202e"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "install it: apt-get install chromium"
    with sync_playwright() as started:
        yield started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def shown(browser: Browser, tmp_path: Path, now: datetime) -> Iterator[Callable[..., Page]]:
    """Returns a function that shows the page of a run; what the browser complains of fails the test."""
    complaints: list[str] = []

    def show(made: Any, **context: Any) -> Page:
        path = tmp_path / "report.html"
        path.write_text(run_page(made.plan, made.run(), now), encoding="utf-8")
        page = browser.new_page(offline=True, **context)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    asked: list[str] = []
    yield show
    assert complaints == []
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
    assert len({url for url in asked if url.startswith("file")}) == 1


def first_cells(page: Page, label: str, number: int = 3) -> list[str]:
    rows = page.get_by_role("region", name=label, exact=True).locator("tbody tr")
    return [rows.nth(index).locator("td").first.inner_text() for index in range(number)]


def test_five_thousand_slices_are_sorted_and_filtered(
    shown: Callable[..., Page], whole_run: Callable[..., Any]
) -> None:
    page = shown(whole_run(features=400, slices=5000))
    slices = page.get_by_role("region", name="Slices", exact=True)
    expect(slices.locator("tbody tr")).to_have_count(50)
    assert first_cells(page, "Slices") == ["Overall", "colour:value 1", "colour:value 0"]
    count = page.get_by_role("button", name="example_count")
    count.focus()
    page.keyboard.press("Enter")
    assert first_cells(page, "Slices") == ["colour:value 0", "colour:value 1", "colour:value 2"]
    page.keyboard.press("Enter")
    assert first_cells(page, "Slices") == ["colour:value 4999", "colour:value 4998", "colour:value 4997"]
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    page.get_by_label("Filter Slices").fill("value 4321")
    expect(slices.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Filter Slices").fill("nothing of the kind")
    expect(slices.locator("tbody tr")).to_have_count(0)
    page.get_by_label("Filter Slices").fill("")
    page.locator("#evaluator-evaluation").get_by_role("button", name="Show 200 more").click()
    expect(slices.locator("tbody tr")).to_have_count(250)
    features = page.get_by_role("region", name="Features", exact=True)
    page.get_by_label("Filter features", exact=True).fill("wing_399")
    expect(features.locator("tbody > tr")).to_have_count(1)


def test_texts_of_others_do_nothing(shown: Callable[..., Page], whole_run: Callable[..., Any]) -> None:
    page = shown(whole_run(odd=ODD, slices=300))
    assert page.locator("b").count() == 0
    page.get_by_label("Filter Slices").fill("value 299")
    assert "</script><b onload=x>" in first_cells(page, "Slices", 1)[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_can_be_zoomed_and_are_pictures_on_paper(
    shown: Callable[..., Page], whole_run: Callable[..., Any], scheme: str
) -> None:
    page = shown(whole_run(), color_scheme=scheme)
    curve = page.locator(".curve").first
    expect(curve.locator("canvas")).to_be_visible()
    expect(curve.locator("svg.lines")).to_be_hidden()
    page.emulate_media(media="print")
    expect(curve.locator("canvas")).to_be_hidden()
    expect(curve.locator("svg.lines")).to_be_visible()


def test_without_javascript_everything_can_be_read(
    shown: Callable[..., Page], whole_run: Callable[..., Any]
) -> None:
    page = shown(whole_run(), java_script_enabled=False)
    expect(page.locator(".curve svg.lines").first).to_be_visible()
    expect(page.get_by_label("Filter Slices")).to_be_hidden()
    assert first_cells(page, "Slices", 1) == ["Overall"]


def test_text_can_be_read_on_its_ground(shown: Callable[..., Page], whole_run: Callable[..., Any]) -> None:
    for scheme in ("light", "dark"):
        page = shown(whole_run(), color_scheme=scheme)
        for name in (".faint", "h1", ".verdict.bad", ".badge.bad"):
            assert page.locator(name).first.evaluate(CONTRAST) >= 4.5, (scheme, name)


CONTRAST = re.sub(
    r"\s+",
    " ",
    """element => {
    const light = colour => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
            .map(each => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    };
    let ground = element;
    while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
    const pair = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}""",
)
"""The contrast of an element's text, as WCAG defines it."""


@pytest.mark.parametrize("width", [390, 720, 1280])
def test_nothing_is_wider_than_the_page(
    shown: Callable[..., Page], whole_run: Callable[..., Any], width: int
) -> None:
    page = shown(whole_run(slices=3), viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    places = page.get_by_role("region", name="Artifacts", exact=True)
    sizes = places.evaluate("each => [each.scrollWidth, each.clientWidth]")
    assert width < 1280 or sizes[0] == sizes[1]  # on a phone it is scrolled
