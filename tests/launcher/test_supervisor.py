"""The supervisor of forked children, in processes of its own: none of these tests imports TFX."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

PRELUDE = """
import os, signal, subprocess, sys, time
from tfxc.backends.launcher.processes.supervisor import Supervisor

ends = []


def run(work, **more):
    with Supervisor([signal.SIGTERM]) as supervisor:
        child = supervisor.start(work, None, lambda child, ended: ends.append((child, ended)), **more)
        while supervisor.running:
            if supervisor.turn():
                supervisor.stop(child, "cancelled", 30.0)
"""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def gone(pid: int) -> bool:
    """Whether a process has ended, within seconds."""
    for _ in range(50):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


STARTS = {
    "a process of its group": "process = subprocess.Popen(['sleep', '600']); pids = [process.pid]",
    "a session of its own": (
        "process = subprocess.Popen(['sleep', '600'], start_new_session=True); pids = [process.pid]"
    ),
    "a daemon, forked twice": """
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writer, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    pids = [int(os.read(reader, 20))]""",
    "a session with children": (
        "process = subprocess.Popen(['sh', '-c', 'sleep 600 & echo $!; wait'], start_new_session=True,"
        " stdout=subprocess.PIPE); pids = [process.pid, int(process.stdout.readline())]"
    ),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans over")
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_nothing_that_a_child_has_started_outlives_it(start: str, tmp_path: Path) -> None:
    ways = ("return b''", "os._exit(3)", "os.kill(os.getpid(), 9)")
    noted = [tmp_path / str(index) for index in range(len(ways))]
    run(
        "\n".join(
            f"def work():\n    {start}\n"
            f"    open({str(path)!r}, 'w').write(' '.join(map(str, pids)))\n    {how}\n"
            "run(work)"
            for path, how in zip(noted, ways, strict=True)
        )
    )
    for path in noted:
        pids = [int(word) for word in path.read_text().split()]
        assert pids
        assert [pid for pid in pids if not gone(pid)] == []


def test_what_a_running_child_has_started_stays_when_another_ends(tmp_path: Path) -> None:
    shown = run(
        """
born, go, mark = sys.argv[1:]


def wait_for(path):
    for _ in range(6000):
        if os.path.exists(path):
            return
        time.sleep(0.01)


def daemon():
    if os.fork() == 0:
        os.setsid()
        middle = os.getpid()
        if os.fork() == 0:
            while os.getppid() == middle:
                time.sleep(0.01)
            open(born, "w").close()
            wait_for(go)
            open(mark, "w").write("done")
        os._exit(0)
    wait_for(mark)
    return b"long"


def ended(child, how):
    ends.append(how.answer)
    open(go, "w").close()


with Supervisor([]) as supervisor:
    supervisor.start(daemon, None, ended)
    wait_for(born)
    supervisor.start(lambda: b"short", None, ended)
    while supervisor.running:
        supervisor.turn()
print(ends, os.path.exists(mark))
""",
        str(tmp_path / "born"),
        str(tmp_path / "go"),
        str(tmp_path / "mark"),
    )
    assert shown == "[b'short', b'long'] True\n"


def test_a_child_over_its_time_is_asked_and_then_killed() -> None:
    shown = run(
        """
from tfxc.backends.launcher.processes import supervisor
supervisor.TIMEOUT_GRACE = 0.1


def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


run(deaf, timeout=0.4)
((child, ended),) = ends
print(child.stopped, ended.signal_number, ended.answer)
"""
    )
    assert shown == "timed_out 9 b''\n"


def test_a_signal_stops_the_child_and_the_handlers_come_back() -> None:
    shown = run(
        """
before = signal.getsignal(signal.SIGTERM)
parent = os.getpid()


def work():
    os.kill(parent, signal.SIGTERM)
    time.sleep(600)


run(work)
((child, ended),) = ends
print(child.stopped, ended.exit_code, signal.getsignal(signal.SIGTERM) == before)
"""
    )
    assert shown == "cancelled 143 True\n"


def test_an_answer_of_any_size_arrives_and_temporary_files_do_not_stay() -> None:
    shown = run(
        """
import tempfile


def work():
    tempfile.mkdtemp()
    return os.environ["TMPDIR"].encode().ljust(5_000_000)


run(work)
((child, ended),) = ends
print(len(ended.answer), os.path.exists(ended.answer.decode().strip()))
"""
    )
    assert shown == "5000000 False\n"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are listed by proc")
def test_a_child_holds_no_descriptor_of_its_supervisor() -> None:
    shown = run(
        """
reader, writer = os.pipe()


def pipes():
    return {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")
            if os.path.exists(f"/proc/self/fd/{name}")}


with Supervisor([]) as supervisor:
    supervisor.listen(reader, lambda: None)
    first = supervisor.start(lambda: time.sleep(600) or b"", None, lambda child, ended: None)
    own = {each for each in pipes() if each.startswith(("pipe", "anon"))}
    supervisor.start(
        lambda: " ".join(own & pipes()).encode(),
        None,
        lambda child, ended: (ends.append(ended.answer), supervisor.stop(first, "cancelled", 30.0)),
        close=[writer],
    )
    while supervisor.running:
        supervisor.turn()
print(ends[0].decode())
"""
    )
    # What is left is standard output and error, which the test reads.
    assert len(shown.split()) <= 2, shown
    assert "anon_inode" not in shown
