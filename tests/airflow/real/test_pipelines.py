"""Real pipelines, run by TFX through Airflow."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = [pytest.mark.airflow, pytest.mark.tfx]

SPECS = Path(__file__).resolve().parents[3] / "specs"


@pytest.fixture(scope="module")
def standby(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Returns an environment in which ``--warm`` has a standby launcher of this module's own."""
    folder = Path("/tmp", f"tfxc-test-{os.getpid()}")  # a socket's path must be short
    folder.mkdir(mode=0o700)
    yield {"XDG_RUNTIME_DIR": str(folder), "TFXC_PYTHON": sys.executable, "TFXC_STANDBY_IDLE": ""}
    for lock in folder.glob("tfxc-*/*.lock"):
        end_standby(lock.with_suffix(".sock"))
    subprocess.run(["rm", "-r", str(folder)], check=True)


def end_standby(socket: Path) -> None:
    """Ends the standby launcher that listens on a socket."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"standby" in words and os.fsencode(socket) in words:
            os.kill(int(process.name), signal.SIGTERM)


def bundle(
    spec: str, changes: Mapping[str, Any], dags: Path, compile_spec: Callable[..., Path], *options: str
) -> Path:
    """Compiles a copy of a spec, with keys that are added or replaced, into the DAGs folder."""
    copy = dags.parent / "specs" / spec
    shutil.copytree(SPECS / spec, copy, ignore=shutil.ignore_patterns("runs", "serving", "__pycache__"))
    document = yaml.safe_load((copy / "pipeline.yaml").read_text())
    (copy / "pipeline.yaml").write_text(yaml.safe_dump({**document, **changes}))
    return compile_spec(copy / "pipeline.yaml", dags / spec, *options)


def executions(folder: Path) -> dict[str, list[str]]:
    """Returns node → the states of its executions in ML Metadata, oldest first."""
    program = (
        "import sys, json\n"
        "from ml_metadata.metadata_store import metadata_store\n"
        "from ml_metadata.proto import metadata_store_pb2 as pb\n"
        "config = pb.ConnectionConfig()\n"
        "config.sqlite.filename_uri = sys.argv[1]\n"
        "store = metadata_store.MetadataStore(config)\n"
        "found = {}\n"
        "for each in store.get_executions():\n"
        "    for context in store.get_contexts_by_execution(each.id):\n"
        "        if context.type == 'node':\n"
        "            node = context.name.split('.')[-1]\n"
        "            found.setdefault(node, []).append(pb.Execution.State.Name(each.last_known_state))\n"
        "print(json.dumps(found))\n"
    )
    database = folder / "runs" / "metadata.sqlite"
    output = subprocess.run(
        [sys.executable, "-c", program, str(database)], check=True, capture_output=True, text=True
    ).stdout
    result: dict[str, list[str]] = yaml.safe_load(output)
    return result


WARM = {"airflow": {"bash": {"warm": True}}}


def test_what_can_happen_to_a_node_happens_in_airflow_and_in_ml_metadata(
    airflow: Any, standby: Mapping[str, str], compile_spec: Callable[..., Path]
) -> None:
    airflow.environment = dict(standby)
    folder = bundle("custom", {"backends": WARM}, airflow.dags, compile_spec, "--env", "impatient")

    run = airflow.dags_test("custom", failures=1, min_score=2)

    assert run.exit_code == 0, run.output
    assert run.states() == {
        "collect": "success",
        "fit": "success",
        "score": "success",
        "publish": "skipped",
        "announce": "skipped",
        "audit": "success",
        "report": "success",
        "failure-watcher": "skipped",
    }
    assert run.tasks["fit"].tries == 2
    states = executions(folder)
    assert states["fit"] == ["FAILED", "COMPLETE"]
    assert "publish" not in states
    line = airflow.xcom("custom", run.run_id, "fit")
    assert line["state"] == "succeeded"
    assert Path(line["artifacts"]["model"][0]).is_dir()
    assert f"  model: {line['artifacts']['model'][0]}" in run.output
    report = (folder / "runs" / "out" / "report.txt").read_text()
    assert report.startswith(f"run {run.run_id} of 20")

    # `airflow dags test` of Airflow 2 breaks off at a timeout; test_scheduler.py has one there.
    trouble = {"audit_seconds": 600} if airflow.name == "airflow3" else {"audit_fails": True}
    failed = airflow.dags_test("custom", **trouble)

    assert failed.exit_code != 0
    assert failed.state == "failed"
    assert failed.states() == {
        "collect": "success",
        "fit": "success",
        "score": "success",
        "publish": "success",
        "announce": "success",
        "audit": "failed",
        "report": "success",
        "failure-watcher": "failed",
    }
    states = executions(folder)
    assert states["audit"] == ["COMPLETE", "FAILED"]
    assert states["collect"] == ["COMPLETE", "CACHED"]
    assert states["publish"] == ["COMPLETE"]


def test_killed_cleared_and_concurrent_runs_stay_apart(
    install_in: Callable[..., Any],
    standby: Mapping[str, str],
    compile_spec: Callable[..., Path],
    tmp_path: Path,
) -> None:
    airflow = install_in("airflow2", tmp_path)
    airflow.environment = dict(standby)
    settings = {"airflow": {**WARM["airflow"], "retries": 1, "retry_delay": 0, "max_active_runs": 2}}
    folder = bundle("custom", {"backends": settings}, airflow.dags, compile_spec)
    first = ("custom", "2026-01-01")

    # Killed: the process that Airflow waits for dies, and with it the node; the retry does it all again.
    with ThreadPoolExecutor() as threads:
        running = threads.submit(airflow.dags_test, *first, audit_seconds=4)
        kill_task("audit")
        run = running.result()
    assert run.exit_code == 0, run.output
    assert run.tasks["audit"].tries == 2
    states = executions(folder)
    assert states["audit"] == ["FAILED", "COMPLETE"]
    assert all(ended == ["COMPLETE"] for node, ended in states.items() if node != "audit")

    # Cleared: `airflow dags test` of the same date is the same run again, and everything is there. What
    # runs on exit does so at the end of each.
    again = airflow.dags_test(*first, audit_seconds=4)
    assert again.exit_code == 0, again.output
    assert executions(folder) == {**states, "report": ["COMPLETE"] * 2}

    # Two at once, with other parameters each.
    def run_day(day: int) -> tuple[int, str]:
        conf = json.dumps({"count": day, "site": "airport"})
        ended: tuple[int, str] = airflow.call(
            "airflow", "dags", "test", "custom", f"2026-01-0{day}", "--conf", conf
        )
        return ended

    with ThreadPoolExecutor() as threads:
        for code, output in threads.map(run_day, (2, 3)):
            assert code == 0, output
    states = executions(folder)
    assert states["collect"] == ["COMPLETE"] * 3
    assert states["report"] == ["COMPLETE"] * 4
    totals = sorted(int(path.read_text()) for path in folder.glob("runs/collect/total/*/value"))
    assert totals == [2, 3, 100]
    lines = (folder / "runs" / "out" / "report.txt").read_text().splitlines()
    assert sorted(line.split()[3] for line in lines) == ["2026-01-01"] * 2 + ["2026-01-02", "2026-01-03"]


def kill_task(node: str, patience: float = 120) -> None:
    """Kills the process that Airflow started for a node, once the node is at work."""
    deadline = time.monotonic() + patience
    wanted = f"TFXC_NODE={node}".encode()
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                variables = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted in variables and b"--end-with-parent" in words:
                time.sleep(2)
                os.kill(int(process.name), signal.SIGKILL)
                return
        time.sleep(0.2)
    raise AssertionError(f"{node} was not started")


def test_a_backfill_reads_the_rows_of_each_day(
    install_in: Callable[..., Any],
    standby: Mapping[str, str],
    compile_spec: Callable[..., Path],
    tmp_path: Path,
) -> None:
    airflow = install_in("airflow2", tmp_path)
    airflow.environment = dict(standby)
    spec = tmp_path / "daily" / "pipeline.yaml"
    for number in (1, 2):
        day = spec.parent / "data" / f"2026-03-0{number}"
        day.mkdir(parents=True)
        (day / "rows.csv").write_text("weight\n" + "\n".join(str(number) for _ in range(40)) + "\n")
    spec.write_text(
        yaml.safe_dump(
            {
                "version": 1,
                "name": "daily",
                "parameters": {"data": {"type": "path", "default": str(spec.parent / "data")}},
                "components": {
                    "example_gen": {
                        "type": "CsvExampleGen",
                        "input_base": "{{ parameters.data }}",
                        "input_config": {"splits": [{"name": "all", "pattern": "{{ run.date }}/*"}]},
                    },
                },
                "backends": {
                    "airflow": {**WARM["airflow"], "schedule": "@daily", "start_date": "2026-03-01"}
                },
            }
        )
    )
    folder = compile_spec(spec, airflow.dags / "daily")

    code, output = airflow.call(
        "airflow", "dags", "backfill", "daily", "-s", "2026-03-01", "-e", "2026-03-02", timeout=300
    )

    assert code == 0, output
    assert airflow.query("SELECT state FROM dag_run ORDER BY execution_date") == [("success",), ("success",)]
    assert executions(folder)["example_gen"] == ["COMPLETE", "COMPLETE"]
    examples = folder / "runs" / "example_gen" / "examples"
    by_execution = sorted(examples.iterdir(), key=lambda folder: int(folder.name.partition("-")[0]))
    assert [weights(folder) for folder in by_execution] == [{1}, {2}]


def weights(folder: Path) -> set[int]:
    """Returns the values of the feature `weight` in all splits of an artifact of Examples."""
    program = (
        "import sys, tensorflow as tf\n"
        "for record in tf.data.TFRecordDataset(sys.argv[1:], compression_type='GZIP'):\n"
        "    example = tf.train.Example.FromString(record.numpy())\n"
        "    print(example.features.feature['weight'].int64_list.value[0])\n"
    )
    paths = [str(path) for path in folder.glob("Split-*/*.gz")]
    output = subprocess.run(
        [sys.executable, "-c", program, *paths], check=True, capture_output=True, text=True
    ).stdout
    return {int(line) for line in output.split()}


PENGUIN = {
    "example_gen",
    "statistics_gen",
    "schema_gen",
    "example_validator",
    "transform",
    "trainer",
    "latest_blessed",
    "evaluator",
    "pusher",
}


def test_the_penguin_pipeline_with_a_warm_launcher(
    install_in: Callable[..., Any],
    standby: Mapping[str, str],
    compile_spec: Callable[..., Path],
    tmp_path: Path,
) -> None:
    # In .ci/debian13 it is the newer line of TFX, on a Python that Airflow 2 knows nothing of.
    airflow = install_in("airflow2" if sys.version_info < (3, 13) else "airflow3", tmp_path)
    airflow.environment = dict(standby)
    folder = bundle("penguin", {"backends": WARM}, airflow.dags, compile_spec)

    run = airflow.dags_test("penguin", data=str(SPECS / "penguin" / "data"), timeout=600)

    assert run.exit_code == 0, run.output
    assert run.states() == dict.fromkeys(PENGUIN, "success")
    assert_pushed(airflow, run, folder)


def test_the_penguin_pipeline_with_the_scheduler_of_airflow_3(
    install_in: Callable[..., Any], compile_spec: Callable[..., Path], tmp_path: Path
) -> None:
    airflow = install_in("airflow3", tmp_path)
    airflow.environment = {"TFXC_PYTHON": sys.executable}
    folder = bundle("penguin", {}, airflow.dags, compile_spec)

    with airflow.scheduler():
        # Triggered as the button and the API do: in Airflow 3 such a run has no logical date.
        airflow.trigger("penguin", data=str(SPECS / "penguin" / "data"))
        run = airflow.wait_for_run("penguin", timeout=600)

    assert run.states() == dict.fromkeys(PENGUIN, "success")
    assert run.state == "success"
    assert_pushed(airflow, run, folder)


def assert_pushed(airflow: Any, run: Any, folder: Path) -> None:
    """The model is where it is served from, and Airflow and ML Metadata know."""
    (model,) = folder.glob("serving/*/saved_model.pb")
    line = airflow.xcom("penguin", run.run_id, "pusher")
    assert line["pushed_to"] == str(model.parent)
    assert all(states == ["COMPLETE"] for states in executions(folder).values())
