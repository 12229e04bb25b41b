"""Whole pipelines through `tfxc kubeflow simulate`: every node a process that runs TFX.

That the graphs they leave in ML Metadata are those of other backends is tested in tests/backends.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tfx, pytest.mark.kubeflow]


def test_retry_timeout_skip_and_exit(simulated: Callable[[str], Any]) -> None:
    """fit fails once, audit is stopped, publish is skipped and announce with it, report runs on exit."""
    left = simulated("custom")
    _, done = left.runs
    assert done.ends() == {
        "collect": "succeeded: cached",
        "audit": "failed: exit code 1",
        "fit": "succeeded: succeeded",
        "score": "succeeded: succeeded",
        "publish": "succeeded: skipped",
        "announce": "skipped",
        "report": "succeeded: succeeded",
    }, done.output
    assert done.code == 1
    assert "fit: attempt 1 failed (exit code 1), again in 1 s" in done.output
    assert "tfxc: `audit` was stopped after its timeout of 10 s." in done.output
    lines = (left.folder / "out" / "report.txt").read_text().splitlines()
    assert len(lines) == 2
    assert all(line.endswith("is over") for line in lines)


def test_penguins_are_pushed(simulated: Callable[[str], Any]) -> None:
    (first,) = simulated("penguin").runs
    assert first.code == 0, first.output
    assert first.ends()["pusher"] == "succeeded: succeeded"


def test_penguins_are_pushed_twice(real_runs: Any, simulated: Callable[[str], Any]) -> None:
    """The second run compares its model with the one that the first run blessed."""
    folder = simulated("penguin").folder
    earlier = set(folder.glob("2*"))

    second = real_runs.simulate_again("penguin", folder, {"train_steps": 210})
    assert second.code == 0, second.output
    ends = second.ends()
    assert {key for key, end in ends.items() if end == "succeeded: cached"} == {
        "example-gen",
        "statistics-gen",
        "schema-gen",
        "example-validator",
        "transform",
    }
    (run,) = set(folder.glob("2*")) - earlier
    (found,) = json.loads((run / "latest-blessed" / "artifacts" / "model").read_text())
    assert found["uri"].startswith(str(folder / "root" / "trainer"))
    summary = (run / "evaluator" / "artifacts" / "tfxc-summary").read_text()
    assert "**evaluator:** the model is blessed\n" in summary, "and compared, or it would say that it was not"
    metrics = json.loads((run / "evaluator" / "output_metadata.json").read_text())["artifacts"]["evaluation"]
    assert metrics["artifacts"][0]["metadata"]["sparse_categorical_accuracy"] > 0.9
    assert "bill_depth_mm" in (run / "statistics-gen" / "artifacts" / "statistics-report").read_text()


@dataclass(frozen=True)
class MetadataServer:
    """A gRPC server of ML Metadata, and the SQLite file behind it."""

    port: str
    database: Path


@pytest.fixture
def metadata_server(tmp_path: Path) -> Iterator[MetadataServer]:
    database = tmp_path / "server.sqlite"
    script = Path(__file__).parent / "mlmd_server.py"
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", str(script), str(database)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        yield MetadataServer(server.stdout.readline().strip(), database)
    finally:
        server.terminate()
        server.wait()


def test_metadata_behind_grpc(
    tmp_path: Path, metadata_server: MetadataServer, monkeypatch: pytest.MonkeyPatch, real_runs: Any
) -> None:
    """The launcher talks to MLMD's gRPC service where the bundle says; nothing is replaced."""
    bundle = real_runs.compiled("served", tmp_path / "bundle")
    monkeypatch.setenv("METADATA_GRPC_SERVICE_HOST", "127.0.0.1")
    folder, root = tmp_path / "simulated", tmp_path / "root"
    command = ("kubeflow", "simulate", str(bundle), "--as-compiled", "--folder", str(folder))
    parameters = ("-P", f"root={root}", "-P", f"mlmd_port={metadata_server.port}")
    done = real_runs.tfxc(*command, *parameters)
    assert done.ends() == {"collect": "succeeded: succeeded", "audit": "succeeded: succeeded"}, done.output
    again = real_runs.tfxc(*command, *parameters)
    assert again.ends()["collect"] == "succeeded: cached", again.output
    found = real_runs.graph(metadata_server.database, root=root)["executions"]
    assert {label: execution["state"] for label, execution in found.items()} == {
        "run 1: custom.collect, attempt 1": "COMPLETE",
        "run 1: custom.audit, attempt 1": "COMPLETE",
        "run 2: custom.collect, attempt 1": "CACHED",
        "run 2: custom.audit, attempt 1": "COMPLETE",
    }
    assert not (folder / "metadata.sqlite").exists()


def test_kfp_local_runs_it_too(
    tmp_path: Path, metadata_server: MetadataServer, in_kfp: Callable[..., Any], real_runs: Any
) -> None:
    """The kfp SDK's own orchestrator, with processes for containers."""
    bundle, root = real_runs.compiled("served", tmp_path / "bundle"), tmp_path / "root"
    ended = in_kfp(
        "run_locally.py",
        {
            "pipeline": str(bundle / "pipeline.yaml"),
            "arguments": {"root": str(root), "mlmd_port": int(metadata_server.port)},
            "root": str(tmp_path / "kfp"),
            "python": sys.executable,
            "image": {
                "TFXC_BUNDLE": str(bundle),
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path),
                "METADATA_GRPC_SERVICE_HOST": "127.0.0.1",
            },
        },
    )
    assert ended["state"] == "TaskState.FINAL"
    found = real_runs.graph(metadata_server.database, root=root)["executions"]
    assert {execution["state"] for execution in found.values()} == {"COMPLETE"}
    assert len(found) == 2
    assert len(list((tmp_path / "kfp").glob("*/*/tfxc-summary"))) == 2
