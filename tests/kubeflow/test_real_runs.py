"""Whole pipelines through `tfxc kubeflow simulate`: every node a process that runs TFX.

The graphs that they leave in ML Metadata are those of the local backend.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.tfx, pytest.mark.kubeflow]

ROOT = Path(__file__).resolve().parents[2]
SPECS = Path(__file__).parent / "specs"
PENGUINS = ROOT / "specs" / "penguin" / "data"


@dataclass(frozen=True)
class Done:
    """A command that is over."""

    code: int
    output: str

    def ends(self) -> dict[str, str]:
        """Returns task → what the last line about it says, without times."""
        lines = re.findall(
            r"^([a-z-]+): (succeeded|failed|skipped|omitted)(?: after [\d.]+ s)?(?:: (.*))?$",
            self.output,
            re.M,
        )
        return {key: f"{state}: {detail}" if detail else state for key, state, detail in lines}


def tfxc(*arguments: str) -> Done:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["MLMD_PASSWORD"] = "not-used"
    done = subprocess.run(
        [str(Path(sys.executable).parent / "tfxc"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return Done(done.returncode, done.stdout)


def graph(database: Path, **folders: Path) -> dict[str, Any]:
    """Returns the normalised graph of a store; folders are given by the names that replace them."""
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-W",
                "ignore",
                str(ROOT / "tests" / "backends" / "mlmd_graph.py"),
                str(database),
            ),
            *(f"{folder}={name}" for name, folder in folders.items()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run_locally(spec: Path, folder: Path, changes: Mapping[str, Any], *parameters: str) -> Done:
    """Runs a spec on the local backend, with its root and metadata in ``folder``."""
    folder.mkdir()
    overlay = {
        "version": 1,
        "extends": str(spec),
        "pipeline_root": str(folder / "root"),
        "metadata": {"sqlite": {"path": str(folder / "metadata.sqlite")}},
        **changes,
    }
    (folder / "pipeline.yaml").write_text(json.dumps(overlay))
    return tfxc("run", str(folder / "pipeline.yaml"), *parameters)


def compiled(name: str, folder: Path, *options: str) -> Path:
    done = tfxc("compile", str(SPECS / f"{name}.yaml"), "--backend", "kubeflow", "-o", str(folder), *options)
    assert done.code == 0, done.output
    return folder


def test_retry_timeout_skip_and_exit(tmp_path: Path) -> None:
    """fit fails once, audit is stopped, publish is skipped and announce with it, report runs on exit."""
    bundle = compiled("custom", tmp_path / "bundle", "--env", "impatient")
    parameters = ("-P", "min_score=2", "-P", "audit_seconds=600", "-P", "failures=1")
    folder, out = tmp_path / "simulated", tmp_path / "out"
    done = tfxc("kubeflow", "simulate", str(bundle), "--folder", str(folder), "-P", f"out={out}", *parameters)
    assert done.ends() == {
        "collect": "succeeded: succeeded",
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
    assert "is over" in (out / "report.txt").read_text()

    local = tmp_path / "local"
    local_out = tmp_path / "local-out"
    there = run_locally(
        ROOT / "specs" / "custom" / "pipeline.yaml",
        local,
        {},
        "--env",
        "impatient",
        "-P",
        f"out={local_out}",
        *parameters,
    )
    assert there.code == 1, there.output
    assert graph(folder / "metadata.sqlite", root=folder / "root", out=out) == graph(
        local / "metadata.sqlite", root=local / "root", out=local_out
    )


def test_penguins_are_pushed_twice(tmp_path: Path) -> None:
    """The second run compares its model with the one that the first run blessed."""
    bundle = compiled("penguin", tmp_path / "bundle")
    folder, serving = tmp_path / "simulated", tmp_path / "serving"
    command = ("kubeflow", "simulate", str(bundle), "--folder", str(folder), "-P", f"data={PENGUINS}")
    first = tfxc(*command, "-P", f"serving={serving}")
    assert first.code == 0, first.output
    assert first.ends()["pusher"] == "succeeded: succeeded"
    assert len(list(serving.glob("*/saved_model.pb"))) == 1
    first_graph = graph(folder / "metadata.sqlite", root=folder / "root", serving=serving, data=PENGUINS)

    second = tfxc(*command, "-P", f"serving={serving}", "-P", "train_steps=210")
    assert second.code == 0, second.output
    ends = second.ends()
    assert {key for key, end in ends.items() if end == "succeeded: cached"} == {
        "example-gen",
        "statistics-gen",
        "schema-gen",
        "example-validator",
        "transform",
    }
    run = max(folder.glob("2*"))
    (found,) = json.loads((run / "latest-blessed" / "artifacts" / "model").read_text())
    assert found["uri"].startswith(str(folder / "root" / "trainer"))
    assert "compared with an earlier model" in (run / "evaluator" / "artifacts" / "tfxc-summary").read_text()
    metrics = json.loads((run / "evaluator" / "output_metadata.json").read_text())["artifacts"]["evaluation"]
    assert metrics["artifacts"][0]["metadata"]["sparse_categorical_accuracy"] > 0.9
    assert "bill_depth_mm" in (run / "statistics-gen" / "artifacts" / "statistics-report").read_text()

    local, local_serving = tmp_path / "local", tmp_path / "local-serving"
    pushed_here = {
        "components": {"pusher": {"push_destination": {"filesystem": {"base_directory": str(local_serving)}}}}
    }
    there = run_locally(
        ROOT / "specs" / "penguin" / "pipeline.yaml", local, pushed_here, "-P", f"data={PENGUINS}"
    )
    assert there.code == 0, there.output
    assert first_graph == graph(
        local / "metadata.sqlite", root=local / "root", serving=local_serving, data=PENGUINS
    )


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
    tmp_path: Path, metadata_server: MetadataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The launcher talks to MLMD's gRPC service where the bundle says; nothing is replaced."""
    bundle = compiled("served", tmp_path / "bundle")
    monkeypatch.setenv("METADATA_GRPC_SERVICE_HOST", "127.0.0.1")
    folder, root = tmp_path / "simulated", tmp_path / "root"
    command = ("kubeflow", "simulate", str(bundle), "--as-compiled", "--folder", str(folder))
    parameters = ("-P", f"root={root}", "-P", f"mlmd_port={metadata_server.port}")
    done = tfxc(*command, *parameters)
    assert done.ends() == {"collect": "succeeded: succeeded", "audit": "succeeded: succeeded"}, done.output
    again = tfxc(*command, *parameters)
    assert again.ends()["collect"] == "succeeded: cached", again.output
    found = graph(metadata_server.database, root=root)["executions"]
    assert {label: execution["state"] for label, execution in found.items()} == {
        "run 1: custom.collect, attempt 1": "COMPLETE",
        "run 1: custom.audit, attempt 1": "COMPLETE",
        "run 2: custom.collect, attempt 1": "CACHED",
        "run 2: custom.audit, attempt 1": "COMPLETE",
    }
    assert not (folder / "metadata.sqlite").exists()


def test_kfp_local_runs_it_too(
    tmp_path: Path, metadata_server: MetadataServer, in_kfp: Callable[..., Any]
) -> None:
    """The kfp SDK's own orchestrator, with processes for containers."""
    bundle, root = compiled("served", tmp_path / "bundle"), tmp_path / "root"
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
    found = graph(metadata_server.database, root=root)["executions"]
    assert {execution["state"] for execution in found.values()} == {"COMPLETE"}
    assert len(found) == 2
    assert len(list((tmp_path / "kfp").glob("*/*/tfxc-summary"))) == 2
