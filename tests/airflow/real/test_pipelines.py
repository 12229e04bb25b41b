"""Real pipelines, run by TFX through Airflow."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
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
    yield {"XDG_RUNTIME_DIR": str(folder), "TFXC_PYTHON": sys.executable}
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


WARM = {"backends": {"airflow": {"bash": {"warm": True}}}}


def test_a_skip_a_retry_and_a_run_that_is_all_cached(
    airflow: Any, standby: Mapping[str, str], compile_spec: Callable[..., Path]
) -> None:
    airflow.environment = dict(standby)
    folder = bundle("custom", WARM, airflow.dags, compile_spec)

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
    assert executions(folder)["fit"] == ["FAILED", "COMPLETE"]
    assert "publish" not in executions(folder) or "COMPLETE" not in executions(folder)["publish"]
    line = airflow.xcom("custom", run.run_id, "fit")
    assert line["state"] == "succeeded"
    assert Path(line["artifacts"]["model"][0]).is_dir()
    assert (folder / "runs" / "out" / "report.txt").read_text().startswith(f"run {run.run_id} of 20")
    assert f"  model: {line['artifacts']['model'][0]}" in run.output
