"""Whole runs of TFX from the command line: the penguin, and the tour of custom components."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

SPECS = Path(__file__).parents[2] / "specs"
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]
GOOD = {"succeeded", "cached"}


def copied(name: str, folder: Path) -> Path:
    """Copies an example to a folder, without what earlier runs left there, and returns its spec."""
    shutil.copytree(SPECS / name, folder, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__"))
    return folder / "pipeline.yaml"


def tfxc(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs ``tfxc run`` to its end."""
    return subprocess.run(
        [*TFXC, "run", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def report_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Returns the report of a run with ``--json``."""
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def states(report: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in report["nodes"]}


def executions(store: Path, node: str) -> list[int]:
    """Returns the last known states of a node's executions in MLMD, oldest first."""
    query = (
        "select e.last_known_state from Execution e join Association a on a.execution_id = e.id "
        "join Context c on c.id = a.context_id where c.name like ? order by e.id"
    )
    with sqlite3.connect(store) as connection:
        return [row[0] for row in connection.execute(query, (f"%.{node}",))]


def processes(folder: Path) -> list[int]:
    """Returns the processes that have a file of the folder open."""
    found = []
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        try:
            targets = [str(entry.readlink()) for entry in descriptors.iterdir()]
        except OSError:
            continue
        if any(target.startswith(str(folder)) for target in targets):
            found.append(int(descriptors.parent.name))
    return found


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.1)


COMPLETE, FAILED, CANCELED = 3, 4, 6  # ml_metadata.proto: Execution.State


@pytest.fixture(scope="module")
def penguin(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The penguin after its first run."""
    spec = copied("penguin", tmp_path_factory.mktemp("penguin") / "penguin")
    return spec, tfxc(spec)


def test_the_penguin_ends_with_a_pushed_model_and_a_summary(
    penguin: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    spec, first = penguin
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stderr == ""
    (pushed,) = (spec.parent / "serving").iterdir()
    assert (pushed / "saved_model.pb").is_file()
    assert f"pusher: pushed the model to {pushed}" in first.stdout
    assert "evaluator: the model is blessed" in first.stdout
    header = next(line for line in first.stdout.splitlines() if line.lstrip().startswith("slice"))
    assert "sparse_categorical_accuracy" in header
    assert "example_count" in header
    for piece in ("Overall", "species:Adelie", "island:Biscoe"):
        assert any(line.split()[:1] == [piece] for line in first.stdout.splitlines())
    assert "running" in first.stdout
    assert "INFO:absl" not in first.stdout


def test_a_second_run_re_uses_the_first(penguin: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    spec, _ = penguin
    second = report_of(tfxc(spec, "--json"))
    assert second["state"] == "succeeded"
    # There is a blessed model to compare with now, so these two are new.
    assert {node for node, state in states(second).items() if state != "cached"} == {
        "latest_blessed",
        "evaluator",
        "pusher",
    }
    third = tfxc(spec, "--json")
    assert third.stderr.count("cached") == 8
    report = report_of(third)
    assert {node for node, state in states(report).items() if state != "cached"} == {"latest_blessed"}
    assert report["evaluations"][0]["blessed"] is True
    assert report["pushes"][0]["destination"]
    assert all(node["peak_memory"] > 2**20 for node in report["nodes"])
    assert report["launcher"]["peak_memory"] > 2**20


def test_a_model_that_is_not_blessed_is_not_pushed_and_the_run_ends_well(
    penguin: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    spec, _ = penguin
    before = sorted((spec.parent / "serving").iterdir())
    done = tfxc(spec, "-q", "-P", "min_accuracy=1")
    assert done.returncode == 0
    assert "evaluator: the model is not blessed" in done.stdout
    assert "because" in done.stdout
    assert "pusher: pushed nothing" in done.stdout
    assert sorted((spec.parent / "serving").iterdir()) == before


def test_a_part_of_the_pipeline_takes_the_rest_from_earlier_runs(
    penguin: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    spec, _ = penguin
    report = report_of(
        tfxc(spec, "--json", "--only", "schema_gen", "--only", "example_validator", "--no-cache")
    )
    assert states(report) == {"schema_gen": "succeeded", "example_validator": "succeeded"}


ANOMALIES = """
version: 1
name: anomalies
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema: {type: ImportSchemaGen, schema_file: schema.pbtxt}
  validator: {type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema.schema}
"""


def test_anomalies_are_in_the_summary_and_no_failure(
    penguin: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    spec, _ = penguin
    schema = min((spec.parent / "runs/schema_gen/schema").glob("*/schema.pbtxt"))
    (tmp_path / "schema.pbtxt").write_text(schema.read_text().replace('value: "Torgersen"', ""))
    shutil.copytree(spec.parent / "data", tmp_path / "data")
    (tmp_path / "pipeline.yaml").write_text(ANOMALIES)
    done = tfxc(tmp_path / "pipeline.yaml", "-q")
    assert done.returncode == 0
    assert "validator: 2 anomalies" in done.stdout
    assert "train: island: Examples contain values missing from the schema: Torgersen" in done.stdout


def test_a_bundle_runs_elsewhere(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    compiled = [*TFXC, "compile", str(spec), "--backend", "local", "-o", str(tmp_path / "build")]
    subprocess.run(compiled, check=True, capture_output=True)
    shutil.rmtree(spec.parent)
    report = report_of(tfxc(tmp_path / "build", "--json"))
    assert set(states(report).values()) == {"succeeded"}
    assert (tmp_path / "build/runs/metadata.sqlite").exists()


def test_retries_timeouts_failures_and_skips(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    done = tfxc(
        spec,
        "--json",
        "--env",
        "impatient",
        "-P",
        "failures=1",
        "-P",
        "audit_seconds=60",
        "-P",
        "min_score=2",
    )
    assert done.returncode == 1
    report = report_of(done)
    assert states(report) == {
        "collect": "succeeded",
        "fit": "succeeded",
        "score": "succeeded",
        "publish": "skipped",
        "announce": "skipped",
        "audit": "failed",
        "report": "succeeded",
    }
    nodes = {node["node"]: node for node in report["nodes"]}
    assert nodes["fit"]["attempts"] == 2
    assert "timeout of 10 s" in nodes["audit"]["error"]["message"]
    assert nodes["publish"]["reason"] == "its condition is false"
    assert nodes["announce"]["reason"] == "`publish` was skipped"
    store = spec.parent / "runs/metadata.sqlite"
    assert executions(store, "audit") == [FAILED]
    assert executions(store, "fit") == [FAILED, COMPLETE]

    again = tfxc(spec, "-P", "failures=9")
    assert again.returncode == 1
    shown = again.stdout.splitlines()
    assert sum("running, attempt" in line for line in shown) == 2
    for node in ("score", "publish", "announce"):
        assert any(line.endswith("not run             `fit` failed") for line in shown if node in line)
    assert any("audit     succeeded" in line for line in shown)
    assert "`fit` failed: attempt 3 failed, as `failures` = 9 asks for" in again.stdout
    assert len(shown) < 60
    assert "finished: 3 of 7 nodes; running it again re-uses what is finished" in again.stdout


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    commands = [
        [*TFXC, "run", str(spec), "--json", "-P", f"count={count}", "-P", f"out={tmp_path / str(count)}"]
        for count in (10, 20)
    ]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for command in commands
    ]
    reports = [json.loads(process.communicate(timeout=300)[0]) for process in running]
    assert reports[0]["run_id"] != reports[1]["run_id"]
    for report, count in zip(reports, (10, 20), strict=True):
        assert report["state"] == "succeeded"
        collect = next(node for node in report["nodes"] if node["node"] == "collect")
        readings = next(each for each in collect["artifacts"] if each["output"] == "readings")
        assert len(json.loads(Path(readings["uri"], "readings.json").read_text())) == count


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_leaves_nothing_behind_and_can_go_on(tmp_path: Path, stop: signal.Signals) -> None:
    spec = copied("custom", tmp_path / "custom")
    command = [*TFXC, "run", str(spec), "-P", "audit_seconds=100", "--run-id", "mine"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        log = spec.parent / "runs/.tfxc/mine/logs/audit.1.log"
        wait_for(log.exists, 60, "the start of audit")
        store = spec.parent / "runs/metadata.sqlite"
        wait_for(lambda: executions(store, "audit"), 60, "the execution of audit")
        process.send_signal(stop)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + stop
    assert "stopping what runs; what is finished is kept" in output
    assert "  audit     cancelled" in output
    assert "  report    succeeded" in output  # the on-exit node
    assert "running it again re-uses what is finished" in output
    wait_for(lambda: not processes(tmp_path), 10, "the end of the server")
    assert executions(store, "audit") in ([FAILED], [CANCELED])

    again = states(report_of(tfxc(spec, "--json", "-q", "-P", "audit_seconds=0")))
    assert again["collect"] == "cached"
    assert again["audit"] == "succeeded"


def test_ctrl_c_at_a_terminal_stops_the_live_table(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [*TFXC, "run", str(spec), "-P", "audit_seconds=100", "--run-id", "mine"]
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(slave)
    shown = bytearray()

    def audit_runs() -> bool:
        with contextlib.suppress(BlockingIOError):
            shown.extend(os.read(master, 1 << 16))
        return (spec.parent / "runs/.tfxc/mine/logs/audit.1.log").exists()

    os.set_blocking(master, False)
    wait_for(audit_runs, 90, "the start of audit")
    os.write(master, b"\x03")
    while process.poll() is None:
        audit_runs()
        time.sleep(0.05)
    with contextlib.suppress(OSError):
        shown.extend(os.read(master, 1 << 20))
    os.close(master)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())
    assert process.returncode == 130
    assert "importing TFX…" in text
    assert "cancelled in" in text
    assert text.rindex("logs and events") > text.rindex("\x1b[2K")  # the table is gone before the summary
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is back
    wait_for(lambda: not processes(tmp_path), 10, "the end of the server")


def test_a_run_goes_on_where_it_failed(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    first = report_of(tfxc(spec, "--json", "-P", "audit_fails=true", "--run-id", "mine"))
    assert states(first)["audit"] == "failed"
    second = report_of(tfxc(spec, "--json", "--run-id", "mine"))
    assert second["parameters"]["audit_fails"] is True
    kept = {node["node"] for node in second["nodes"] if node["reason"] == "finished earlier in this run"}
    assert kept == {"collect", "fit", "score", "publish", "announce"}
    assert executions(spec.parent / "runs/metadata.sqlite", "audit") == [FAILED, FAILED]
    assert states(second)["report"] in GOOD


def test_killing_tfxc_leaves_no_orphans(tmp_path: Path) -> None:
    spec = copied("custom", tmp_path / "custom")
    command = [*TFXC, "run", str(spec), "-P", "audit_seconds=100", "--run-id", "mine"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for((spec.parent / "runs/.tfxc/mine/logs/audit.1.log").exists, 60, "the start of audit")
    assert len(processes(tmp_path)) >= 2
    process.kill()
    process.wait()
    wait_for(lambda: not processes(tmp_path), 20, "the end of the children")
