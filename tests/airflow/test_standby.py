"""The standby launcher: nodes that start by a fork, and everything that can go wrong around them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx

SPEC = Path(__file__).resolve().parents[2] / "specs" / "custom" / "pipeline.yaml"
LAUNCHER = [sys.executable, "-m", "tfxc.backends.launcher"]


class Standby:
    """A bundle, and the folder that its standby launchers have their sockets in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bundle = folder / "bundle"

    def command(self, node: str, run: str, **parameters: object) -> list[str]:
        """Returns the command that runs a node of a run."""
        given = json.dumps(parameters)
        return [
            *LAUNCHER,
            *("run-node", "--plan", str(self.bundle), "--node", node, "--run-id", run, "--parameters", given),
            *("--result-line", "--warm", "--end-with-parent"),
        ]

    def variables(self, **more: str) -> dict[str, str]:
        """Returns the environment of a task."""
        return {**os.environ, "XDG_RUNTIME_DIR": str(self.folder), "TFXC_STANDBY_IDLE": "", **more}

    def start(self, command: Sequence[str], **more: str) -> subprocess.Popen[str]:
        """Starts a task."""
        return subprocess.Popen(
            command, env=self.variables(**more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, node: str, run: str, **parameters: object) -> tuple[int, str]:
        """Runs a node; returns the exit code and the output."""
        process = self.start(self.command(node, run, **parameters))
        output, _ = process.communicate(timeout=120)
        return process.returncode, output

    def pids(self) -> list[int]:
        """Returns the standby launchers of the folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if b"\0standby\0" in words and os.fsencode(self.folder) in words:
                found.append(int(process.name))
        # A child that was forked a moment ago has the command line of its parent.
        return [pid for pid in found if parent(pid) not in found]

    def wait_for_child(self, node: str, run: str) -> None:
        """Waits until the node's execution in a run has begun: an earlier run may have left its files."""
        deadline = time.monotonic() + 60
        while self.states(node, run) != ["RUNNING"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def states(self, node: str, run: str) -> list[str]:
        """Returns the states of a node's executions in a run, oldest first."""
        program = (
            "import sys, json\n"
            "from ml_metadata.metadata_store import metadata_store\n"
            "from ml_metadata.proto import metadata_store_pb2 as pb\n"
            "config = pb.ConnectionConfig()\n"
            "config.sqlite.filename_uri = sys.argv[1]\n"
            "store = metadata_store.MetadataStore(config)\n"
            "contexts = [store.get_context_by_type_and_name('node', 'custom.' + sys.argv[2]),\n"
            "            store.get_context_by_type_and_name('pipeline_run', sys.argv[3])]\n"
            "found = [store.get_executions_by_context(each.id) if each else [] for each in contexts]\n"
            "found = [{each.id: each for each in executions} for executions in found]\n"
            "both = sorted(found[0].keys() & found[1].keys())\n"
            "print(json.dumps([pb.Execution.State.Name(found[0][each].last_known_state) for each in both]))\n"
        )
        database = str(self.bundle / "runs" / "metadata.sqlite")
        command = [sys.executable, "-c", program, database, node, run]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        states: list[str] = json.loads(output.splitlines()[-1])
        return states


def parent(pid: int) -> int:
    """Returns the parent of a process, or 0."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def wait_until_gone(pid: int, patience: float = 40) -> None:
    """Waits for the end of a process that is not ours."""
    deadline = time.monotonic() + patience
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def standby() -> Iterator[Standby]:
    """Returns a bundle with a standby launcher of its own, in a folder whose name is short."""
    folder = Path("/tmp", f"tfxc-standby-{os.getpid()}")
    folder.mkdir(mode=0o700)
    made = Standby(folder)
    tfxc = Path(sys.executable).with_name("tfxc")
    subprocess.run([tfxc, "compile", SPEC, "--backend", "airflow", "-o", made.bundle], check=True)
    yield made
    for pid in made.pids():
        os.kill(pid, signal.SIGTERM)
        wait_until_gone(pid)
    shutil.rmtree(folder)


def test_tasks_that_start_together_start_one_standby_launcher(standby: Standby) -> None:
    with ThreadPoolExecutor() as threads:
        runs = list(threads.map(lambda run: standby.run("collect", run), ("one", "two", "three")))
    assert [code for code, _ in runs] == [0, 0, 0], runs
    assert len(standby.pids()) == 1
    lines = [json.loads(output.splitlines()[-1]) for _, output in runs]
    made = sum(line["state"] == "succeeded" for line in lines)
    assert len({line["artifacts"]["readings"][0] for line in lines}) == made
    assert sorted(line["state"] for line in lines) in (
        ["cached", "cached", "succeeded"],
        ["cached", "succeeded", "succeeded"],
        ["succeeded", "succeeded", "succeeded"],
    )


def test_clients_that_say_nothing_keep_nobody_waiting(standby: Standby) -> None:
    assert standby.run("collect", "quiet")[0] == 0
    (path,) = standby.folder.rglob("*.sock")
    silent = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(12)]
    for each in silent:
        each.connect(str(path))
    began = time.monotonic()
    assert standby.run("collect", "quiet")[0] == 0
    # One after the other they would have ten seconds each.
    assert time.monotonic() - began < 60
    for each in silent:
        each.close()
    assert standby.run("collect", "quiet")[0] == 0
    assert len(standby.pids()) == 1


def test_temporary_files_are_where_the_task_wants_them(standby: Standby, tmp_path: Path) -> None:
    assert standby.run("collect", "temporary")[0] == 0
    command = standby.command("audit", "temporary", audit_seconds=600)
    task = standby.start(command, TMPDIR=str(tmp_path))
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("tfxc-*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    standby.wait_for_child("audit", "temporary")
    task.send_signal(signal.SIGTERM)
    task.communicate(timeout=40)
    assert not list(tmp_path.iterdir())


def test_exit_codes_are_those_of_the_node(standby: Standby) -> None:
    for node in ("collect", "fit", "score"):
        assert standby.run(node, "codes")[0] == 0
    assert standby.run("publish", "codes", min_score=2)[0] == 99
    code, output = standby.run("audit", "codes", audit_fails=True)
    assert code == 1
    assert "the harbour master does not like these 100 readings" in output
    assert standby.run("audit", "codes", unknown=1)[0] == 2
    assert len(standby.pids()) == 1


def test_sigterm_reaches_the_node(standby: Standby) -> None:
    assert standby.run("collect", "stopped")[0] == 0
    task = standby.start(standby.command("audit", "stopped", audit_seconds=600))
    standby.wait_for_child("audit", "stopped")
    time.sleep(1)
    task.send_signal(signal.SIGTERM)
    output, _ = task.communicate(timeout=40)
    assert task.returncode == 1, output
    assert standby.states("audit", "stopped") == ["FAILED"]


def test_a_node_does_not_outlive_its_task_nor_the_task_its_parent(standby: Standby) -> None:
    assert standby.run("collect", "orphaned")[0] == 0
    # A shell stands for Airflow's process. It does not `exec` the task, because more follows.
    command = standby.command("audit", "orphaned", audit_seconds=600)
    task = standby.start(["bash", "-c", '"$@"; true', "bash", *command])
    began = time.monotonic()
    while standby.states("audit", "orphaned") != ["RUNNING"]:
        assert time.monotonic() - began < 60
        time.sleep(0.5)
    task.kill()
    task.communicate()
    began = time.monotonic()
    while standby.states("audit", "orphaned") != ["FAILED"]:
        assert time.monotonic() - began < 40
        time.sleep(0.5)


def test_a_killed_standby_launcher_fails_its_nodes_and_the_next_task_starts_another(standby: Standby) -> None:
    assert standby.run("collect", "killed")[0] == 0
    (before,) = standby.pids()
    task = standby.start(standby.command("audit", "killed", audit_seconds=600))
    while standby.states("audit", "killed") != ["RUNNING"]:
        time.sleep(0.5)
    os.kill(before, signal.SIGKILL)
    output, _ = task.communicate(timeout=40)
    assert task.returncode == 1
    assert "the standby launcher is gone, and the node with it" in output
    code, output = standby.run("audit", "killed")
    assert code == 0, output
    assert standby.states("audit", "killed") == ["FAILED", "COMPLETE"]
    (after,) = standby.pids()
    assert after != before


def test_it_leaves_when_it_was_idle(standby: Standby) -> None:
    command = standby.command("collect", "idle")
    before = standby.pids()
    # Another variable that libraries read makes another standby launcher, which nobody else wants to stay.
    task = standby.start(command, TFXC_STANDBY_IDLE="2", TF_NUM_INTEROP_THREADS="2")
    output, _ = task.communicate(timeout=120)
    assert task.returncode == 0, output
    (idle,) = set(standby.pids()) - set(before)
    wait_until_gone(idle)
    assert standby.pids() == before


def test_only_its_user_can_reach_it(standby: Standby) -> None:
    (folder,) = standby.folder.glob("tfxc-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_enter_is_not_used(standby: Standby, tmp_path: Path) -> None:
    base = Path("/tmp", f"tfxc-open-{os.getpid()}")
    (base / f"tfxc-{os.getuid()}").mkdir(parents=True)
    (base / f"tfxc-{os.getuid()}").chmod(0o755)
    try:
        task = standby.start(standby.command("collect", "open"), XDG_RUNTIME_DIR=str(base))
        output, _ = task.communicate(timeout=120)
        assert task.returncode == 0, output
        assert "is not a folder of this user alone" in output
        assert json.loads(output.splitlines()[-1])["state"] in ("succeeded", "cached")
    finally:
        shutil.rmtree(base)
