"""The standby launcher's process and its clients. TFX is left out: what is imported is not the point."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Optional

import pytest

from tfxc.backends.launcher.protocol import server_process, standby_connection, standby_control, standby_place
from tfxc.backends.launcher.protocol.client import LauncherClient, LauncherUnavailable
from tfxc.backends.launcher.protocol.messages import IrRequest
from tfxc.backends.launcher.protocol.standby_place import Place, find_place, start_variables
from tfxc.schemas.failures import WrongUse

PROGRAM = """
    import json, os, socket, sys, tempfile, time
    from pathlib import Path
    from tfxc.backends.launcher.processes import standby, warm

    flag = Path(sys.argv[1]).with_name("packages")
    warm.import_tfx = lambda: 0
    standby.LOOK_AFTER = 0.05
    standby.FIRST_IDLE = 30.0
    standby.ages = lambda: flag.exists()

    def command(arguments):
        if arguments == ["tell"]:
            mask = os.umask(0)
            told = [dict(os.environ), os.getcwd(), mask, tempfile.gettempdir(), sys.stdin.readline()]
            print(json.dumps(told), flush=True)
        elif arguments[0] == "sleep":
            print(os.getpid(), flush=True)
            time.sleep(float(arguments[1]))
        return 3

    first = socket.socket(fileno=int(sys.argv[3]))
    sys.exit(standby.Standby(Path(sys.argv[1]), int(sys.argv[2]), first, command).run())
"""


def until(condition: Callable[[], bool], patience: float = 10) -> None:
    """Waits for something to be so."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process has not ended; a zombie has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Running:
    """A standby launcher, and commands that are handed to it."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder / "a.sock", folder / "a.lock", folder / "a.log")
        self.folder = folder
        lock = os.open(self.place.lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.first, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", textwrap.dedent(PROGRAM)),
                    *(str(self.place.socket), str(lock), str(theirs.fileno())),
                ],
                pass_fds=(lock, theirs.fileno()),
            )
        os.close(lock)

    def connect(self) -> socket.socket:
        """Returns a connection; waits as a second client does."""
        with standby_connection.locked(self.place.lock, wait=True):
            connection = standby_connection.connect(self.place)
        assert connection is not None
        return connection

    def send(self, connection: socket.socket, *arguments: str, idle: float = 60, **more: bool) -> Path:
        """Hands over a command; returns the file that it prints to."""
        output = self.folder / f"{connection.fileno()}.out"
        with (self.folder / "in").open("w+") as given, output.open("wb") as printed:
            given.write("a line\n")
            given.seek(0)
            streams = (given.fileno(), printed.fileno(), 2)
            standby_connection.send(connection, arguments, streams, idle=idle, **more)
        return output

    def pid_of(self, output: Path) -> int:
        """Returns the process of a command that sleeps."""
        until(lambda: output.read_text().endswith("\n"))
        return int(output.read_text())


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.first.close()
    made.process.kill()
    made.process.wait()


def test_a_command_has_what_its_client_has(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "there")
    monkeypatch.setenv("SECRET", "of this run")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = os.umask(0o027)
    try:
        output = running.send(running.first, "tell")
    finally:
        os.umask(before)
    told = list(standby_connection.answers(running.first))
    assert [sorted(each) for each in told] == [["started"], ["exit", "signal"]]
    assert told[1]["exit"] == 3
    variables, folder, mask, temporary, line = json.loads(output.read_text())
    assert (variables["SECRET"], mask, line) == ("of this run", 0o027, "a line\n")
    assert (folder, temporary) == (str(tmp_path / "there"), str(tmp_path))
    monkeypatch.delenv("SECRET")
    with running.connect() as second:
        output = running.send(second, "tell")
        list(standby_connection.answers(second))
    assert "SECRET" not in json.loads(output.read_text())[0]


def test_it_is_started_with_nothing_of_one_run() -> None:
    given = {
        "PATH": "/bin",
        "AWS_SECRET_ACCESS_KEY": "x",
        "TF_USE_LEGACY_KERAS": "1",
        "TMPDIR": "/y",
        "LC_ALL": "C",
    }
    assert start_variables(given) == {"PATH": "/bin", "TF_USE_LEGACY_KERAS": "1", "LC_ALL": "C"}


def test_it_leaves_when_nobody_wants_it_any_more(running: Running) -> None:
    running.send(running.first, "tell", idle=0.05)
    assert running.process.wait(10) == 0
    assert not running.place.socket.exists()


def test_it_stays_for_the_client_that_wants_it_longest(running: Running) -> None:
    running.send(running.first, "tell", idle=30)
    list(standby_connection.answers(running.first))
    with running.connect() as second:
        running.send(second, "tell", idle=0)
        list(standby_connection.answers(second))
    time.sleep(0.15)
    assert running.process.poll() is None


def test_a_client_may_change_its_mind_about_that(running: Running) -> None:
    output = running.send(running.first, "sleep", "0.3", idle=60, independent=True)
    running.pid_of(output)
    running.first.sendall(b"idle 0\n")
    assert running.process.wait(10) == 0


def test_it_leaves_when_packages_have_changed_and_lets_go_on_what_it_has_begun(running: Running) -> None:
    output = running.send(running.first, "sleep", "0.25")
    running.pid_of(output)
    (running.folder / "packages").touch()
    until(lambda: not running.place.socket.exists())
    assert list(standby_connection.answers(running.first))[-1] == {"exit": 3, "signal": None}
    assert running.process.wait(10) == 0


def test_it_leaves_when_its_socket_is_gone(running: Running) -> None:
    running.connect().close()
    running.place.socket.unlink()
    assert running.process.wait(10) == 0


def test_what_is_independent_outlives_it_and_nothing_else(running: Running) -> None:
    bound = running.pid_of(running.send(running.first, "sleep", "60"))
    second = running.connect()
    independent = running.pid_of(running.send(second, "sleep", "60", independent=True))
    try:
        running.process.kill()
        running.process.wait()
        until(lambda: not lives(bound))
        time.sleep(0.1)
        assert lives(independent)
        assert os.getsid(independent) == independent
    finally:
        os.kill(independent, signal.SIGKILL)
        second.close()


def test_a_command_ends_when_its_client_is_gone(running: Running) -> None:
    pid = running.pid_of(running.send(running.first, "sleep", "60", independent=True))
    running.first.close()
    until(lambda: not lives(pid))
    assert running.process.poll() is None


def test_what_is_no_request_does_it_no_harm(running: Running) -> None:
    for garbage in (b"", b"\0", b"\0\0\0\2{}", b"\xff\xff\xff\xff", b"\0\0\0\2no", b"\0\0\0\2[]"):
        with running.connect() as rude:
            rude.sendall(garbage)
        with running.connect() as polite:
            running.send(polite, "tell")
            assert len(list(standby_connection.answers(polite))) == 2, garbage


@pytest.fixture
def found(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The only standby launcher that there is."""
    monkeypatch.setattr(standby_control, "places", lambda: iter([running.place]))
    running.connect().close()
    return running


def test_it_says_how_it_is_and_leaves_when_it_is_asked_to(found: Running) -> None:
    output = found.send(found.first, "sleep", "0.3", idle=60)
    found.pid_of(output)
    (told,) = standby_control.ask_all()
    assert (told.pid, told.state, told.commands) == (found.process.pid, "works", 1)
    assert told.memory > 1 << 20
    assert [each.state for each in standby_control.stop_all()] == ["leaves"]
    assert found.process.wait(10) == 0
    assert list(standby_connection.answers(found.first))[-1]["exit"] == 3
    assert standby_control.ask_all() == []


def test_one_that_hangs_is_killed(found: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby_control, "PATIENCE", 0.05)
    found.process.send_signal(signal.SIGSTOP)
    (told,) = standby_control.ask_all()
    assert (told.pid, told.state) == (found.process.pid, "does not answer")
    assert [each.state for each in standby_control.stop_all()] == ["was killed"]
    assert found.process.wait(10) == -signal.SIGKILL


SERVER = """
    import json, sys
    print(json.dumps({"reply": "ready", "id": 0, "seconds": 0.1, "peak_memory": 1}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["request"] == "ir":
            print(json.dumps({"reply": "done", "id": asked["id"], "data": "fresh"}), flush=True)
"""


class Broken:
    """A place where something listens that is no good."""

    def __init__(self, folder: Path, then: str) -> None:
        self.place = Place(folder / "b.sock", folder / "b.lock", folder / "b.log")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(self.place.socket))
        self.socket.listen()
        self.then = then


@pytest.mark.parametrize("how", ["hangs", "is gone"])
def test_a_run_goes_on_without_a_standby_launcher_that_is_no_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    broken = Broken(tmp_path, how)
    monkeypatch.setattr(server_process, "LISTENS_WITHIN", 0.3)
    monkeypatch.setattr(server_process, "find_place", lambda: broken.place)
    interpreter = tmp_path / "python"
    program = tmp_path / "server.py"
    program.write_text(textwrap.dedent(SERVER))
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}"\n')
    interpreter.chmod(0o755)
    with LauncherClient(tmp_path / "log", str(interpreter), keep_warm=60) as client:
        assert (client.found_warm, client.stays) == (True, 60)
        if how == "is gone":
            broken.socket.accept()[0].close()
        client.request(IrRequest(id=1, run_id="r"))
        replies: list[Any] = []
        while len(replies) < 2:
            replies += client.poll(10)
        assert [each.reply for each in replies] == ["ready", "done"]
        assert replies[1].data == "fresh"
        assert (client.found_warm, client.stays) == (False, 0)
    # Nobody waits for it a second time.
    assert not broken.place.socket.exists()
    broken.socket.close()


def test_one_that_somebody_else_is_starting_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "c.sock", tmp_path / "c.lock", tmp_path / "c.log")
    monkeypatch.setattr(server_process, "find_place", lambda: place)
    with standby_connection.locked(place.lock, wait=True):
        assert server_process.forked_server(tmp_path / "log", 60) is None


def test_one_that_cannot_start_is_told_by_the_run_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "d.sock", tmp_path / "d.lock", tmp_path / "d.log")
    monkeypatch.setattr(server_process, "find_place", lambda: place)
    monkeypatch.setattr(standby_connection, "launcher_command", lambda *_: [sys.executable, "-c", "1 / 0"])
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\nexit 5\n")
    interpreter.chmod(0o755)
    with LauncherClient(tmp_path / "log", str(interpreter), keep_warm=60) as client:
        with pytest.raises(LauncherUnavailable, match="ended with exit code 5"):
            client.poll(10)
        assert "ZeroDivisionError" in place.log.read_text()


@pytest.mark.parametrize(
    ("name", "value", "another"),
    [
        ("TF_CPP_MIN_LOG_LEVEL", "0", True),
        ("LC_ALL", "C", True),
        ("AWS_SECRET_ACCESS_KEY", "x", False),
        ("TFXC_STANDBY_IDLE", "7", False),
        ("TMPDIR", "/var/tmp", False),
    ],
)
def test_which_runs_share_one(
    name: str, value: str, another: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv(name, raising=False)
    before = find_place()
    monkeypatch.setenv(name, value)
    assert (find_place() != before) is another


def test_changed_code_and_packages_make_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    before = find_place()
    (tmp_path / "packages").mkdir()
    monkeypatch.setattr(standby_place.site, "getsitepackages", lambda: [str(tmp_path / "packages")])
    fresh = find_place()
    assert fresh != before
    (tmp_path / "packages/new").mkdir()
    os.utime(tmp_path / "packages", (1, 1))
    assert find_place() != fresh
    assert any(path.endswith("processes/warm.py") for path, _ in standby_place.ages())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 9.0), (" 3 ", 3.0), ("0", 0.0), ("-1", None), ("soon", None), ("inf", None), ("nan", None)],
)
def test_the_variable_is_a_number_of_seconds(text: str, seconds: Optional[float]) -> None:
    if seconds is None:
        with pytest.raises(WrongUse, match="TFXC_STANDBY_IDLE"):
            standby_connection.idle_seconds({"TFXC_STANDBY_IDLE": text}, 9.0)
    else:
        assert standby_connection.idle_seconds({"TFXC_STANDBY_IDLE": text}, 9.0) == seconds
