"""The client, against servers of the test's own: none of these tests imports TFX."""

from __future__ import annotations

import os
import stat
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tfxc.backends.launcher.protocol.client import LauncherClient, LauncherUnavailable
from tfxc.backends.launcher.protocol.messages import DoneReply, IrRequest, ReadyReply, Reply

READY = """
    import json, sys, time

    def say(**fields):
        print(json.dumps(fields), flush=True)

    say(reply="ready", id=0, seconds=0.1, peak_memory=1)
"""


def server(folder: Path, *program: str) -> str:
    """Writes a stand-in for the interpreter that runs a program instead of the server."""
    script = folder / "server.py"
    script.write_text("\n".join(textwrap.dedent(part) for part in program))
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
    interpreter.chmod(interpreter.stat().st_mode | stat.S_IXUSR)
    return str(interpreter)


def client(folder: Path, *program: str) -> LauncherClient:
    return LauncherClient(log=folder / "logs" / "launcher.log", python=server(folder, *program))


def test_replies_arrive_whole_however_they_are_cut(tmp_path: Path) -> None:
    program = """
        text = json.dumps({"reply": "done", "id": 1, "data": "x" * 200_000}) + "\\n"
        for start in range(0, len(text), 50_000):
            sys.stdout.write(text[start : start + 50_000])
            sys.stdout.flush()
            time.sleep(0.02)
        sys.stdin.read()
    """
    with client(tmp_path, READY, program) as launcher:
        replies: list[Reply] = []
        while len(replies) < 2:
            replies += launcher.poll(10)
        assert isinstance(replies[0], ReadyReply)
        assert isinstance(replies[1], DoneReply)
        assert replies[1].data == "x" * 200_000


def test_poll_keeps_its_time(tmp_path: Path) -> None:
    with client(tmp_path, READY, "sys.stdin.read()") as launcher:
        assert launcher.poll(10)
        began = time.monotonic()
        assert launcher.poll(0.1) == []
        assert launcher.poll(0) == []
        assert 0.08 < time.monotonic() - began < 2


def test_a_crash_is_told_with_the_log(tmp_path: Path) -> None:
    with client(
        tmp_path, 'import os, sys; sys.stderr.write("boom\\n"); sys.stderr.flush(); os.abort()'
    ) as launcher:
        with pytest.raises(LauncherUnavailable) as raised:
            launcher.poll(10)
        log = tmp_path / "logs" / "launcher.log"
        assert str(raised.value) == f"the launcher was killed by signal 6; its log: {log}"
        assert "boom" in log.read_text()
        with pytest.raises(LauncherUnavailable):
            launcher.request(IrRequest(id=1, run_id="r"))


def test_replies_before_a_crash_are_not_lost(tmp_path: Path) -> None:
    with client(tmp_path, READY, "sys.exit(3)") as launcher:
        assert launcher.pid is not None
        os.waitid(os.P_PID, launcher.pid, os.WEXITED | os.WNOWAIT)
        assert [reply.reply for reply in launcher.poll(10)] == ["ready"]
        with pytest.raises(LauncherUnavailable, match="ended with exit code 3"):
            launcher.poll(10)


def test_an_environment_without_tfx_is_told(tmp_path: Path) -> None:
    program = """
        import json, sys
        error = {"message": "TFX is not installed in this environment: install tfxc[tfx]."}
        print(json.dumps({"reply": "error", "id": 0, "error": error}), flush=True)
    """
    with (
        client(tmp_path, program) as launcher,
        pytest.raises(
            LauncherUnavailable, match=r"^TFX is not installed in this environment: install tfxc\[tfx\]\."
        ),
    ):
        launcher.poll(10)


def test_a_server_that_does_not_leave_is_killed(tmp_path: Path) -> None:
    launcher = client(
        tmp_path, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)", READY, "time.sleep(600)"
    )
    launcher.start()
    launcher.poll(10)
    process = launcher.pid
    launcher.close(grace=0.05)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_closing_twice_or_unstarted_is_harmless(tmp_path: Path) -> None:
    launcher = client(tmp_path, READY)
    launcher.close()
    launcher.start()
    launcher.close()
    launcher.close()
    with pytest.raises(LauncherUnavailable, match="not running"):
        launcher.poll(1)


def test_ids_are_never_used_twice(tmp_path: Path) -> None:
    launcher = client(tmp_path, READY)
    assert len({launcher.new_id() for _ in range(100)}) == 100
