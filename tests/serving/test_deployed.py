"""What `tfxc deploy` writes, with a real model: a server takes the configuration, and the test passes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.serving.served import TFXC, Served, Start

pytestmark = pytest.mark.tfx

BATCHING = "serving: {batching: {max_batch_size: 32, batch_timeout_micros: 500}}\n"


def smoke_test(bundle: Path, server: Served, *options: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(bundle / "smoke_test.py"), "--url", f"http://127.0.0.1:{server.rest_port}"]
    return subprocess.run([*script, *options], capture_output=True, text=True, check=False, timeout=200)


def test_stable_and_canary_of_the_penguin(penguin: Path, start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "penguin"
    shutil.copytree(penguin, folder, ignore=shutil.ignore_patterns("runs"))
    spec = folder / "pipeline.yaml"
    spec.write_text(spec.read_text(encoding="utf-8") + BATCHING, encoding="utf-8")
    (stable,) = (int(each.name) for each in (folder / "serving").iterdir())
    canary = stable + 1
    shutil.copytree(folder / "serving" / str(stable), folder / "serving" / str(canary))
    bundle = tmp_path / "build"
    command = [*TFXC, "deploy", str(spec), "--target", "compose", "--canary", str(canary), "-o", str(bundle)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    document = yaml.safe_load((bundle / "compose.yaml").read_text(encoding="utf-8"))
    assert document["services"]["serving"]["image"].startswith(
        ("tensorflow/serving:2.16.", "tensorflow/serving:2.21.")
    )

    # Where the container has it mounted there is the folder itself.
    config = bundle / "config" / "models.config"
    text = config.read_text(encoding="utf-8").replace("/models/penguin", str(folder / "serving"))
    mounted = tmp_path / "models.config"
    mounted.write_text(text, encoding="utf-8")
    batching = bundle / "config" / "batching.config"
    server = start("--config", mounted, "--enable_batching", "--batching_parameters_file", batching)
    answer = tmp_path / "answer.json"
    done = smoke_test(bundle, server, "--label", "stable", "--record", str(answer))
    assert (done.returncode, done.stderr) == (0, "")
    done = smoke_test(bundle, server, "--label", "canary", "--expected", str(answer))
    assert (done.returncode, done.stderr) == (0, "")
    assert smoke_test(bundle, server, "--version", str(canary)).returncode == 0
    question = json.loads((bundle / "question.json").read_text(encoding="utf-8"))
    assert json.loads(answer.read_text(encoding="utf-8"))["species"] == question["features"]["species"]
    done = smoke_test(bundle, server, "--version", "3", "--timeout", "0.1")
    assert done.returncode == 1
    assert "Servable not found for request: Specific(penguin, 3)" in done.stderr
