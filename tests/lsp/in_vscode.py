"""The extension in a whole VS Code, used and looked at in Chromium: ``python -m tests.lsp.in_vscode FOLDER``.

VS Code is code-server out of npm, built into FOLDER once (minutes; Node 20 with its headers, make, a C++
compiler). It is no test of CI's for that reason. What does not show within a minute ends it with an error.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CODE_SERVER = "4.100.3"
"""The last one for Node 20."""
NATIVE = ("@vscode/spdlog", "native-watchdog", "@parcel/watcher", "@vscode/deviceid")
"""What VS Code starts with; terminals need more."""
RUN = "20300102-030405-abcd"
SETTINGS = {
    "tfxc.command": [sys.executable, "-c", "from tfxc.compiler.cli import main; main()", "lsp"],
    "workbench.colorTheme": "Default Light Modern",
    "workbench.startupEditor": "none",
    "workbench.layoutControl.enabled": False,
    "window.commandCenter": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "editor.lightbulb.enabled": "off",
}
MISTAKES = (
    ("    module_file: models/model.py\n", "    modul_file: models/model.py\n"),
    ("    statistics: statistics_gen.statistics\n", "    statistics: \n"),
)


def main() -> None:
    """Builds what is missing, and uses the extension."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where VS Code is built, and found again by the next call")
    parser.add_argument("--picture", type=Path, help="where a picture of the editor is written, a PNG")
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    program = code_server(folder)
    with tempfile.TemporaryDirectory() as made:
        spec = spec_with_mistakes(Path(made))
        state = ["--user-data-dir", f"{made}/user", "--extensions-dir", f"{made}/extensions"]
        command = ["node", str(program), *state]
        subprocess.run([*command, "--install-extension", str(extension(folder))], check=True)
        with served([*command, str(spec.parent)], Path(made)) as address, sync_playwright() as started:
            chromium = shutil.which("chromium")
            browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1000, "height": 700})
            page.set_default_timeout(60_000)
            expect.set_options(timeout=60_000)
            page.goto(f"{address}/?folder={spec.parent}")
            use(page, spec, arguments.picture)
            browser.close()
    sys.stdout.write("all of it was there\n")


def code_server(folder: Path) -> Path:
    """Returns the program of VS Code in a folder, which is built there if it is not there yet."""
    whole = folder / "node_modules/code-server"
    program, built = whole / "out/node/entry.js", folder / "built"
    if built.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
    npm("install", *quiet, "--prefix", str(folder), f"code-server@{CODE_SERVER}", within=folder)
    npm("rebuild", "argon2", within=folder)
    code = whole / "lib/vscode"
    npm("install", "--omit=dev", *quiet, within=code)
    npm("rebuild", *NATIVE, within=code)
    npm("install", "--omit=dev", *quiet, within=code / "extensions")
    (code / "node_modules.asar").symlink_to("node_modules")
    built.touch()
    return program


def extension(folder: Path) -> Path:
    """Returns the extension as it is packaged."""
    copy = folder / "repository/editors/vscode"
    shutil.copytree(ROOT / "editors/vscode", copy, dirs_exist_ok=True)
    (folder / "repository/docs").mkdir(exist_ok=True)
    shutil.copy(ROOT / "LICENSE", folder / "repository")
    shutil.copy(ROOT / "docs/tfxc.schema.json", folder / "repository/docs")
    npm("ci", "--no-audit", "--no-fund", within=copy)
    npm("run", "package", within=copy)
    return copy / "tfxc.vsix"


def npm(*arguments: str, within: Path) -> None:
    """Runs npm; native modules are built with the headers of the Node that there is, not downloaded."""
    node = shutil.which("node")
    assert node is not None, "Node 20 is needed"
    where = {
        "npm_config_nodedir": str(Path(node).resolve().parents[1]),
        "npm_config_build_from_source": "true",
    }
    subprocess.run(["npm", *arguments], cwd=within, env={**os.environ, **where}, check=True)


def spec_with_mistakes(folder: Path) -> Path:
    """Returns the penguin spec in a folder of its own with two mistakes and a run that was."""
    copy = folder / "penguin"
    shutil.copytree(ROOT / "specs/penguin", copy, ignore=shutil.ignore_patterns("runs", "serving"))
    spec = copy / "pipeline.yaml"
    text = spec.read_text(encoding="utf-8")
    for good, bad in MISTAKES:
        assert good in text
        text = text.replace(good, bad, 1)
    spec.write_text(text, encoding="utf-8")
    run = copy / "runs/.tfxc" / RUN
    run.mkdir(parents=True)
    record = {
        "run_id": RUN,
        "run_date": "2030-01-02",
        "parameters": {},
        "tfx_version": "",
        "tfxc_version": "",
    }
    (run / "run.json").write_text(json.dumps(record))
    nodes = ["example_gen", "statistics_gen", "schema_gen", "example_validator", "transform", "trainer"]
    finished = {"event": "node_finished", "attempt": 1, "attempts": 1, "state": "succeeded", "seconds": 1.5}
    events: list[dict[str, object]] = [{"event": "run_started", "pipeline": "penguin", "nodes": nodes}]
    events += [{**finished, "node": node} for node in nodes]
    events.append({"event": "run_finished", "state": "succeeded", "seconds": 9.5})
    stamped = ({"time": f"2030-01-02T03:04:{second:02}Z", **event} for second, event in enumerate(events))
    (run / "events.jsonl").write_text("".join(json.dumps(each) + "\n" for each in stamped))
    return spec


@contextmanager
def served(command: list[str], folder: Path) -> Iterator[str]:
    """Starts VS Code for a while, and returns its address."""
    settings = folder / "user/User/settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps(SETTINGS))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    home = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "share")}
    process = subprocess.Popen(
        [*command, *quiet, "--bind-addr", place], env={**os.environ, **home}, stdout=subprocess.DEVNULL
    )
    try:
        host, _, port = place.partition(":")
        for _ in range(600):
            with socket.socket() as tried:
                if tried.connect_ex((host, int(port))) == 0:
                    break
            time.sleep(0.1)
        yield f"http://{place}"
    finally:
        process.terminate()
        process.wait(30)


def use(page: Page, spec: Path, picture: Path | None) -> None:
    """Does what somebody does who edits a spec, and looks at what the editor shows."""
    lines = spec.read_text(encoding="utf-8").splitlines()
    keys = page.keyboard

    def at(text: str, behind: bool = False) -> None:
        number, line = next((i, line) for i, line in enumerate(lines, 1) if text in line)
        keys.press("Control+G")
        keys.type(f"{number}:{line.index(text) + 1 + (len(text) if behind else 0)}")
        keys.press("Enter")
        expect(page.locator(".quick-input-widget")).to_be_hidden()

    def line(*words: str) -> None:
        # Between the words are no-break spaces, and before a hint what sets it off.
        pattern = re.compile(r"[\s\u200c]*".join(re.escape(word) for word in words))
        expect(page.locator(".view-line", has_text=pattern).first).to_be_visible()

    page.locator('.monaco-list-row[aria-label^="pipeline.yaml"]').dblclick()
    keys.press("Control+B")
    expect(page.locator(".codelens-decoration", has_text=f"last run {RUN}: succeeded")).to_be_visible()
    line("examples:", "example_gen.examples", "Examples")

    at("when: ")
    expect(page.locator(".view-line span", has_text="evaluator").locator("span").first).to_be_visible()
    assert page.get_by_text("evaluator", exact=True).count(), "no highlights within `when`"

    at("modul_file")
    expect(page.locator(".squiggly-error").first).to_be_visible()
    keys.press("Control+K")
    keys.press("Control+I")
    expect(page.locator(".monaco-hover", has_text="did you mean `module_file`?").first).to_be_visible()
    keys.press("Escape")
    at("statistics: ", behind=True)
    suggested = page.locator(".suggest-widget .monaco-list-row").first
    for _ in range(5):  # a key that comes while a hover closes is lost
        keys.press("Control+Space")
        with suppress(TimeoutError):
            suggested.wait_for(timeout=10_000)
            break
    expect(suggested).to_contain_text("statistics_gen.statistics")
    if picture is not None:
        page.mouse.move(5, 5)
        page.wait_for_timeout(1000)
        page.screenshot(path=str(picture))
    keys.press("Enter")
    line("statistics:", "statistics_gen.statistics", "ExampleStatistics")

    at("modul_file")
    keys.press("Control+.")
    expect(page.locator(".action-widget", has_text="Write module_file")).to_be_visible()
    keys.press("Enter")
    line("module_file:", "models/model.py")
    expect(page.locator(".squiggly-error")).to_have_count(0)

    at("transform:")
    keys.press("F2")
    expect(page.locator(".rename-input")).to_be_focused()
    keys.type("prepared")
    keys.press("Enter")
    line("examples:", "prepared.transformed_examples")
    expect(page.locator(".squiggly-error")).to_have_count(0)


if __name__ == "__main__":
    main()
