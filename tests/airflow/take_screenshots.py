"""Takes the pictures of docs/airflow.md: the penguin pipeline in the real web UI of Airflow 3.

    .ci/environments airflow3
    apt-get install chromium
    python tests/airflow/take_screenshots.py

A real scheduler runs the pipeline; Chromium is driven through its debugging pipe.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
SPEC = ROOT / "specs" / "penguin" / "pipeline.yaml"
CHROMIUM = [
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--force-device-scale-factor=1.5",
]


class Browser:
    """A page of headless Chromium."""

    def __init__(self, profile: Path, width: int, height: int) -> None:
        ours_out, theirs_in = self._pipe()
        theirs_out, ours_in = self._pipe()

        def place_descriptors() -> None:
            os.dup2(theirs_in, 3)
            os.dup2(theirs_out, 4)

        self._process = subprocess.Popen(
            [*CHROMIUM, f"--user-data-dir={profile}", f"--window-size={width},{height}"],
            preexec_fn=place_descriptors,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._requests = os.fdopen(ours_out, "wb", buffering=0)
        self._answers = os.fdopen(ours_in, "rb", buffering=0)
        self._unread = b""
        self._number = 0
        self._session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    @staticmethod
    def _pipe() -> tuple[int, int]:
        """Returns a writing and a reading end, out of the way of the descriptors 3 and 4."""
        read, write = os.pipe()
        moved = (fcntl.fcntl(write, fcntl.F_DUPFD_CLOEXEC, 20), fcntl.fcntl(read, fcntl.F_DUPFD_CLOEXEC, 20))
        os.close(read)
        os.close(write)
        return moved

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Calls a method of the DevTools protocol."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._requests.write(json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self._unread:
                chunk = self._answers.read(1 << 16)
                assert chunk, "Chromium is gone"
                self._unread += chunk
            line, _, self._unread = self._unread.partition(b"\0")
            answer = json.loads(line)
            if answer.get("id") == self._number:
                result: dict[str, Any] = answer["result"]
                return result

    def open(self, url: str, expected: str) -> None:
        """Opens a page and waits until a text is on it."""
        self.call("Page.navigate", url=url)
        self._wait(f"document.body && document.body.innerText.includes({json.dumps(expected)})")

    def click(self, label: str) -> None:
        """Clicks the button whose label, title or text begins so, as soon as it is there."""
        find = (
            "[...document.querySelectorAll('button')].find("
            f"each => (each.ariaLabel || each.title || each.innerText).startsWith({json.dumps(label)}))"
        )
        self._wait(f"!!{find}")
        self.call("Runtime.evaluate", expression=f"{find}.click()")
        time.sleep(3)

    def _wait(self, condition: str, patience: float = 60) -> None:
        """Waits until an expression is true, and what follows is drawn."""
        deadline = time.monotonic() + patience
        while not self.call("Runtime.evaluate", expression=condition)["result"].get("value"):
            assert time.monotonic() < deadline, f"never true: {condition}"
            time.sleep(0.5)
        time.sleep(2)

    def resize(self, width: int, height: int) -> None:
        """Gives the window another size."""
        size: dict[str, Any] = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        time.sleep(2)

    def hide(self, selector: str) -> None:
        """Hides what would cover something else."""
        find = f"document.querySelector({json.dumps(selector)})"
        self.call("Runtime.evaluate", expression=f"{find}.style.display = 'none'")

    def save(self, name: str) -> None:
        """Saves what is seen as a picture of the docs."""
        data = self.call("Page.captureScreenshot", format="png")["data"]
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / name).write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """Ends Chromium."""
        self.call("Browser.close")
        self._process.wait()


def airflow_in(home: Path) -> Any:
    """Returns the tests' Airflow 3, in a folder."""
    path = Path(__file__).parent / "real" / "conftest.py"
    specification = importlib.util.spec_from_file_location("real_airflow", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["real_airflow"] = module
    specification.loader.exec_module(module)
    return module.Airflow("airflow3", home, {"TFXC_PYTHON": sys.executable})


def main() -> None:
    """Runs the pipeline and takes the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--base", help="the folder that Airflow's home is made in: its path is in the pictures"
    )
    with tempfile.TemporaryDirectory(prefix="", dir=parser.parse_args().base) as name:
        folder = Path(name)
        airflow = airflow_in(folder)
        code, output = airflow.call("airflow", "db", "migrate")
        assert code == 0, output
        tfxc = Path(sys.executable).with_name("tfxc")
        bundle = airflow.dags / "penguin"
        subprocess.run([tfxc, "compile", SPEC, "--backend", "airflow", "-o", bundle], check=True)
        with airflow.scheduler():
            airflow.trigger("penguin", data=str(SPEC.parent / "data"))
            run = airflow.wait_for_run("penguin", timeout=600)
            assert run.state == "success", run
            url = f"{airflow.environment['AIRFLOW__API__BASE_URL']}/dags/penguin"
            page = f"{url}/runs/{quote(run.run_id, safe='')}"
            browser = Browser(folder / "profile", 1440, 900)
            browser.resize(1440, 640)
            browser.open(f"{page}/tasks/evaluator", "Command exited")
            browser.save("airflow-log.png")
            browser.resize(1200, 850)
            browser.open(url, "latest_blessed")
            browser.click("Trigger")
            browser.save("airflow-form.png")
            browser.resize(1440, 560)
            browser.open(page, "latest_blessed")
            browser.click("Show Graph")
            browser.click("Collapse Details")
            browser.click("Fit View")
            browser.hide(".react-flow__minimap")
            browser.save("airflow-graph.png")
            browser.close()


if __name__ == "__main__":
    main()
