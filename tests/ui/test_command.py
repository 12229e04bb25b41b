"""`tfxc ui` as a process: where it listens, what it says, and how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfxc.compiler import cli

TFXC = str(Path(sys.executable).with_name("tfxc"))

SPEC = """version: 1
name: {name}
components:
  example_gen: {{type: CsvExampleGen, input_base: data}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("birds", "fish"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pipeline.yaml").write_text(SPEC.format(name=name))
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [TFXC, "ui", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


class Served:
    """A server in a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [TFXC, "ui", "--port", "0", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.address = self.said.split(" at ")[1].split()[0]

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return str(answer.read().decode())

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture
def served(project: Path) -> Iterator[Served]:
    server = Served(project)
    yield server
    server.process.kill()
    server.process.communicate()


def test_it_finds_the_specs_below_reads_what_changes_and_stops_on_ctrl_c(
    project: Path, served: Served
) -> None:
    assert served.said.startswith("2 pipelines at http://127.0.0.1:")
    page = served.get("")
    assert 'href="/birds"' in page
    assert 'href="/fish"' in page
    spec = project / "birds/pipeline.yaml"
    spec.write_text(spec.read_text().replace("type: CsvExampleGen", "type: CsvExampleGem"))
    assert "error[T201]" in served.get("")
    assert "Traceback" not in served.get("")
    spec.write_text(spec.read_text().replace("CsvExampleGem", "CsvExampleGen") + "description: Flying.\n")
    assert "Flying." in served.get("")
    assert served.stop() == (130, "")


def test_a_page_that_listens_does_not_keep_it_from_stopping(project: Path, served: Served) -> None:
    (project / "birds/runs/.tfxc/one").mkdir(parents=True)
    with socket.create_connection(
        ("127.0.0.1", int(served.address.rsplit(":", 1)[1].strip("/")))
    ) as open_page:
        open_page.sendall(b"GET /birds HTTP/1.1\r\nHost: localhost\r\n\r\n")
        open_page.recv(100)
        began = time.monotonic()
        code, errors = served.stop(signal.SIGTERM)
        assert time.monotonic() - began < 10
    assert (code, errors) == (-signal.SIGTERM, "")


def test_wrong_use_is_one_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "empty").mkdir()
    monkeypatch.chdir(project / "empty")
    assert cli.run(["ui"]) == 2
    nothing = capsys.readouterr()
    assert nothing.out == ""
    assert "there is no pipeline.yaml here or in folders below: name a spec" in nothing.err
    monkeypatch.chdir(project)
    assert cli.run(["ui", "bird.yaml"]) == 2
    assert "bird.yaml" in capsys.readouterr().err
    assert cli.run(["ui", "--host", "203.0.113.7", "--port", "0"]) == 2
    assert "this machine has no such address" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = run(project, "--port", port)
    assert busy.returncode == 1
    assert busy.stderr.strip() == f"error: port {port} is in use: give another one with --port (0 takes any)."
    assert "Traceback" not in nothing.err + busy.stderr
