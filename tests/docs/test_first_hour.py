"""The commands of docs/first-hour.md, one after the other, as a newcomer types them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "first-hour.md"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return str(found.getsockname()[1])


class Terminal:
    """A folder with the examples, where commands are typed; what runs in the background ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ignored = shutil.ignore_patterns("runs", "serving", "requests", "labels", "__pycache__", ".tfxc")
        shutil.copytree(ROOT / "specs", folder / "specs", ignore=ignored)
        programs = str(Path(sys.executable).parent)
        self.environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.background: list[subprocess.Popen[bytes]] = []

    def type(self, commands: str) -> str:
        """Types lines; returns what those in the foreground print. A line that fails fails the test."""
        printed = []
        for command in re.split(r"\n(?=[a-z])", commands.strip()):
            if command.endswith("&"):
                started = subprocess.Popen(
                    ["bash", "-c", f"exec {command[:-1]}"], cwd=self.folder, env=self.environment
                )
                self.background.append(started)
                continue
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=600,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            printed.append(done.stdout)
        return "".join(printed)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    for process in opened.background:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_the_first_hour(terminal: Terminal) -> None:
    port = free_port()
    page = PAGE.read_text(encoding="utf-8").replace("8501", port)
    page = page.replace(
        "--request-log-seconds 10 &\n", f"--request-log-seconds 10 --port 0 --rest-port {port} &\n"
    )
    blocks = FENCE.findall(page)
    for _, name, text in blocks:
        if name:
            (terminal.folder / name).write_text(text)
    train, look, serve, ask, watch, replace, compare = [
        text for language, _, text in blocks if language == "sh"
    ]

    assert "pushed the model to" in terminal.type(train)
    assert "succeeded" in terminal.type(look)
    assert "<title>" in (terminal.folder / "penguin.html").read_text(encoding="utf-8")
    terminal.type(serve)
    answer = terminal.type(ask)
    assert '"Gentoo"' in answer
    watched = terminal.type(watch)
    assert re.search(r"^skew: \d anomal.*\n  serving_train: bill_length_mm: ", watched, re.MULTILINE)
    assert "the model is not blessed" in watched  # a bill of four millimetres is no penguin's
    status = terminal.type(replace)
    (asking,) = terminal.background[1:]
    assert asking.wait(60) == 0
    said = re.fullmatch(r"(\d+) answered, (\d+) failed\n", (terminal.folder / "asked.txt").read_text())
    assert said is not None
    assert (int(said[1]) > 10, int(said[2])) == (True, 0)
    assert '"AVAILABLE"' in status
    compared = terminal.type(compare)
    assert re.search(r"train_steps\s+200\s+300", compared)
