"""The pages in a browser: a run and a log that go on are followed, and nothing is complained of."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tfxc.backends.ui.app import application
from tfxc.backends.ui.server import address, known_hosts, listen
from tfxc.backends.ui.sources import with_slugs

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium is not None, "install it: apt-get install chromium"
    with sync_playwright() as started:
        yield started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture
def site(store: Any, two_nodes: Any) -> Iterator[str]:
    """Returns the address of the pages of a pipeline, served by a thread."""
    opened = listen("127.0.0.1", 0)
    app = application(
        with_slugs([("birds", "birds.yaml", lambda: (two_nodes, store.folder))]), known_hosts("127.0.0.1")
    )
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([opened],))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield address(opened)
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def show(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """Returns a function that opens a page; what the browser complains of fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    def shown(path: str, **context: Any) -> Page:
        page = browser.new_page(**context)
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(site + path)
        return page

    yield shown
    for page in pages:
        page.close()
    assert complaints == []


class GoingOn:
    """A run that goes on: its folder, and what happens next."""

    def __init__(self, store: Any) -> None:
        self.folder = store.run_folder("two", [], hold=True)
        self.folder.logs.mkdir(parents=True, exist_ok=True)
        self.second = 0

    def happens(self, event: str, **fields: Any) -> None:
        self.second += 1
        line = {"time": f"2026-01-31T01:01:{self.second:02d}Z", "event": event, **fields}
        with self.folder.events.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def starts(self, node: str, text: str = "") -> Path:
        log = self.folder.logs / f"{node}.1.log"
        log.write_text(text)
        self.happens("node_started", node=node, attempt=1, log=f"logs/{node}.1.log")
        return Path(log)


@pytest.fixture
def run(store: Any) -> GoingOn:
    return GoingOn(store)


def test_a_run_is_followed_to_its_end(show: Callable[..., Page], run: GoingOn) -> None:
    page = show("birds/runs/latest")
    box = page.locator('[data-node="trainer"]')
    row = page.locator('[data-row="trainer"]')
    expect(box).to_have_class("box waiting")
    run.starts("example_gen")
    expect(page.locator('[data-node="example_gen"]')).to_have_class("box running")
    run.happens("node_finished", node="example_gen", state="succeeded", seconds=1.5)
    run.starts("trainer", "epoch 1\n")
    expect(row.locator(".words")).to_have_text("running")
    expect(page.locator('[data-row="example_gen"] [data-time]')).to_have_text("1.50s")
    expect(row.get_by_role("link", name="log")).to_be_visible()
    run.happens("node_finished", node="trainer", state="failed", reason="it broke", seconds=2.0)
    expect(box).to_have_class("box failed")
    run.happens("run_finished", state="failed")
    expect(page.locator("[data-run] .words")).to_have_text("failed")
    expect(page.locator("[data-live]")).to_have_count(0, timeout=10_000)
    expect(row.locator(".reason")).to_have_text("it broke")


def test_a_log_is_followed(show: Callable[..., Page], run: GoingOn) -> None:
    log = run.starts("trainer", "epoch 1\n")
    page = show("birds/runs/two/logs/trainer")
    shown = page.locator("pre.log")
    expect(shown).to_have_text("epoch 1\n")
    with log.open("a") as file:
        file.write("<b>epoch 2</b>\x1b[0m\n")
    expect(shown).to_have_text("epoch 1\n<b>epoch 2</b>\n")


def test_a_run_that_is_over_is_plain_pages_by_keyboard(show: Callable[..., Page], run: GoingOn) -> None:
    run.starts("example_gen", "read\n")
    run.happens("node_finished", node="example_gen", state="succeeded", seconds=1.5)
    run.happens("run_finished", state="succeeded")
    page = show("", color_scheme="dark")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.get_by_role("link", name="birds", exact=True).press("Enter")
    page.get_by_role("link", name="two").press("Enter")
    expect(page.locator('[data-row="example_gen"] .words')).to_have_text("succeeded")
    page.get_by_role("link", name="log").press("Enter")
    expect(page.locator("pre.log")).to_have_text("read\n")


def test_without_javascript_pages_show_what_there_is(browser: Browser, site: str, run: GoingOn) -> None:
    run.starts("example_gen", "read\n")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}birds/runs/two")
    expect(page.locator('[data-row="example_gen"] .words')).to_have_text("running")
    page.get_by_role("link", name="log").click()
    expect(page.locator("pre.log")).to_have_text("read\n")
    context.close()
