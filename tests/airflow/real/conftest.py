"""The two Airflow majors, each in its own environment, with a home of its own for every test."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.airflow import BACKEND
from tfxc.schemas.plan import Plan

ROOT = Path(__file__).resolve().parents[3]
MAJORS = ("airflow2", "airflow3")
INSIDE = Path(__file__).parent / "inside"


@dataclass(frozen=True)
class TaskState:
    """How a task ended, and at which attempt."""

    state: str
    tries: int


@dataclass(frozen=True)
class Run:
    """How a DAG run ended. ``output`` is what the command printed, or the error that stopped it."""

    exit_code: int
    run_id: str
    state: str
    tasks: Mapping[str, TaskState]
    output: str

    def states(self) -> dict[str, str]:
        """Returns task id → state."""
        return {task_id: task.state for task_id, task in self.tasks.items()}


@dataclass
class Airflow:
    """One Airflow installation with its home. Every process is started in a session of its own."""

    name: str
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def bin(self) -> Path:
        return ROOT / ".venvs" / self.name / "bin"

    @property
    def dags(self) -> Path:
        return self.home / "dags"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its processes: nothing of Airflow's or Python's is inherited."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AIRFLOW", "PYTHON", "TFXC", "VIRTUAL_ENV"))
        }
        return {
            **inherited,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # Nothing is sent anywhere.
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "SCARF_ANALYTICS": "false",
            "PYTHONWARNINGS": "ignore",
            **self.environment,
        }

    def start(self, *command: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Starts a program of its environment."""
        return subprocess.Popen(
            [str(self.bin / command[0]), *map(str, command[1:])],
            env=self.variables,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **{"stdout": subprocess.PIPE, **options},
        )

    def call(self, *command: str | Path, timeout: float = 300) -> tuple[int, str]:
        """Runs a program of its environment; returns exit code and output. Kills it with all it started."""
        process = self.start(*command)
        try:
            output, _ = process.communicate(timeout=timeout)
        finally:
            kill_group(process)
        return process.returncode, output

    def parse(self, *options: str) -> dict[str, Any]:
        """Returns what Airflow finds in the DAGs folder."""
        code, output = self.call("python", INSIDE / "parse.py", self.dags, *options)
        assert code == 0, output
        result: dict[str, Any] = json.loads(output.splitlines()[-1])
        return result

    def dags_test(self, dag_id: str, *arguments: str, timeout: float = 300, **conf: Any) -> Run:
        """Runs ``airflow dags test`` and returns how the run ended."""
        before = self.run_ids(dag_id)
        code, output = self.call(
            "airflow", "dags", "test", dag_id, *arguments, "--conf", json.dumps(conf), timeout=timeout
        )
        (run_id,) = self.run_ids(dag_id) - before or {""}
        return self.run(dag_id, run_id, code, output)

    def run_all(self, runs: Sequence[Mapping[str, Any]], timeout: float = 300) -> tuple[list[Run], str]:
        """Runs DAGs one after the other as ``airflow dags test`` does, in one process; returns how they
        ended, and the output of all."""
        code, output = self.call("python", INSIDE / "run.py", self.dags, json.dumps(runs), timeout=timeout)
        assert code == 0, output
        ended = []
        for run, error in zip(runs, json.loads(output.splitlines()[-1]), strict=True):
            (run_id,) = self.run_ids(run["dag_id"]) or {""}
            ended.append(self.run(run["dag_id"], run_id, output=error or ""))
        return ended, output

    def run_ids(self, dag_id: str) -> set[str]:
        """Returns the ids of a DAG's runs."""
        return {row[0] for row in self.query("SELECT run_id FROM dag_run WHERE dag_id = ?", dag_id)}

    def run(self, dag_id: str, run_id: str, exit_code: int = 0, output: str = "") -> Run:
        """Returns how a run ended, from Airflow's database."""
        ((state,),) = self.query(
            "SELECT state FROM dag_run WHERE dag_id = ? AND run_id = ?", dag_id, run_id
        ) or [("missing",)]
        rows = self.query(
            "SELECT task_id, state, try_number FROM task_instance WHERE dag_id = ? AND run_id = ?",
            dag_id,
            run_id,
        )
        tasks = {task_id: TaskState(str(task_state), tries) for task_id, task_state, tries in rows}
        return Run(exit_code, run_id, state, tasks, output)

    def xcom(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """Returns what a task pushed as its result, or None."""
        rows = self.query(
            "SELECT value FROM xcom WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = 'return_value'",
            dag_id,
            run_id,
            task_id,
        )
        if not rows:
            return None
        value = json.loads(rows[0][0])
        # Airflow 3 keeps the JSON text, Airflow 2 its bytes; either may hold a text that is JSON.
        return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value

    def serving(self) -> dict[str, str]:
        """Returns the settings that a real scheduler needs, on a port that is free."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = {
            "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        }
        if self.name == "airflow2":
            return {**settings, "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor"}
        url = f"http://127.0.0.1:{port}"
        return {
            **settings,
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "2",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": "only for this test, and long enough for its algorithm" * 2,
            "AIRFLOW__API__SECRET_KEY": "only for this test",
        }

    @contextlib.contextmanager
    def scheduler(self) -> Iterator[None]:
        """Runs a real scheduler, with what it needs beside it, while the context lasts."""
        self.environment = {**self.environment, **self.serving()}
        programs = [["scheduler", "--skip-serve-logs"]]
        if self.name == "airflow3":
            programs = [["api-server"], ["dag-processor"], *programs]
        processes = []
        try:
            for program in programs:
                log = (self.home / f"{program[0]}.log").open("w")
                processes.append(self.start("airflow", *program, stdout=log))
                if program == ["api-server"]:
                    # Tasks that start before it listens would fail.
                    self.wait_for_server(processes[-1])
            yield
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
            deadline = time.monotonic() + 15
            for process in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
                kill_group(process)

    def wait_for_server(self, process: subprocess.Popen[str], timeout: float = 120) -> None:
        """Waits until Airflow 3's API server answers."""
        url = f"{self.environment['AIRFLOW__API__BASE_URL']}/api/v2/version"
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            assert process.poll() is None, (self.home / "api-server.log").read_text()[-3000:]
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
                return
            time.sleep(0.5)
        raise AssertionError(f"the API server does not answer after {timeout} s")

    def trigger(self, dag_id: str, timeout: float = 120, **conf: Any) -> None:
        """Starts a run by hand, as soon as the scheduler knows the DAG."""
        deadline = time.monotonic() + timeout
        while not self.query("SELECT 1 FROM dag WHERE dag_id = ?", dag_id):
            assert time.monotonic() < deadline, f"the scheduler does not find {dag_id}"
            time.sleep(1)
        code, output = self.call("airflow", "dags", "trigger", dag_id, "--conf", json.dumps(conf))
        assert code == 0, output

    def wait_for_run(self, dag_id: str, timeout: float) -> Run:
        """Waits until the one run of a DAG is over, and returns how it ended."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            for run_id in self.run_ids(dag_id):
                run = self.run(dag_id, run_id)
                if run.state in ("success", "failed"):
                    return run
            time.sleep(1)
        logs = "".join(path.read_text()[-3000:] for path in self.home.glob("*.log"))
        raise AssertionError(f"the run of {dag_id} is not over after {timeout} s:\n{logs}")

    def query(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Returns rows of Airflow's database."""
        with sqlite3.connect(self.home / "airflow.db", timeout=30) as database:
            return database.execute(statement, values).fetchall()

    def add(self, plan: Plan, folder: str) -> Path:
        """Writes the bundle of a Plan into the DAGs folder."""
        return write_bundle(plan, self.dags / folder)


def write_bundle(plan: Plan, folder: Path) -> Path:
    """Writes the bundle of a Plan that has no modules into a folder."""
    for path, content in BACKEND.emit(plan, {}).files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def kill_group(process: subprocess.Popen[str]) -> None:
    """Ends a process that leads a session, with everything in it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="session")
def migrated(
    tmp_path_factory: pytest.TempPathFactory, environment: Callable[[str], Path]
) -> Callable[[str], Path]:
    """Returns a function of a major's name that gives the path of a fresh database of it, made once."""
    made: dict[str, Path] = {}

    def database(name: str) -> Path:
        if name not in made:
            environment(name)
            home = tmp_path_factory.mktemp(f"{name}-database")
            installed = Airflow(name, home)
            code, output = installed.call("airflow", "db", "migrate")
            assert code == 0, output
            made[name] = home / "airflow.db"
        return made[name]

    return database


@pytest.fixture(scope="session")
def install_in(migrated: Callable[[str], Path]) -> Callable[[str, Path], Airflow]:
    """Returns a function of a major's name and a folder that gives an Airflow without any DAGs there."""

    def make(name: str, folder: Path) -> Airflow:
        home = folder / name
        (home / "dags").mkdir(parents=True)
        shutil.copy(migrated(name), home / "airflow.db")
        return Airflow(name, home, {"TFXC_PYTHON": sys.executable})

    return make


@pytest.fixture(scope="session")
def fake_python() -> Callable[[Path], Mapping[str, str]]:
    """Returns a function that puts a stand-in for TFX's Python into a folder, and gives its environment."""

    def make(folder: Path) -> Mapping[str, str]:
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{INSIDE / "fake_launcher.py"}" "$@"\n')
        python.chmod(0o755)
        (folder / "script.json").write_text("{}")
        return {"TFXC_PYTHON": str(python), "FAKE_LAUNCHER": str(folder)}

    return make


@pytest.fixture(params=MAJORS)
def airflow(
    request: pytest.FixtureRequest, tmp_path: Path, install_in: Callable[[str, Path], Airflow]
) -> Airflow:
    """Returns each major in turn."""
    return install_in(request.param, tmp_path)


@pytest.fixture
def process_cleanup() -> Iterator[list[subprocess.Popen[str]]]:
    """Yields a list; processes that a test puts into it are ended with all they started."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        kill_group(process)


@pytest.fixture(params=MAJORS)
def parser(request: pytest.FixtureRequest, tmp_path: Path, environment: Callable[[str], Path]) -> Airflow:
    """Returns each major in turn, without a database: enough to load DAGs."""
    environment(request.param)
    (tmp_path / "dags").mkdir()
    return Airflow(request.param, tmp_path)


@pytest.fixture
def compile_spec() -> Callable[..., Path]:
    """Returns a function of a spec, a folder and options that runs ``tfxc compile``."""

    def run(spec: Path, folder: Path, *options: str) -> Path:
        command = [str(Path(sys.executable).with_name("tfxc")), "compile", str(spec)]
        subprocess.run([*command, "--backend", "airflow", "-o", str(folder), *options], check=True)
        return folder

    return run
