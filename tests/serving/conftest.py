"""Models made once, and servers started with the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import TFXC, Served, Start, start_server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the models of make_models.py."""
    folder = tmp_path_factory.mktemp("models")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, str(HERE / "make_models.py"), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture(scope="session")
def penguin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of specs/penguin, with the model that it pushed."""
    folder = tmp_path_factory.mktemp("penguin") / "penguin"
    shutil.copytree(ROOT / "specs" / "penguin", folder, ignore=shutil.ignore_patterns("runs", "serving"))
    command = [*TFXC, "run", str(folder / "pipeline.yaml"), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers; they are ended with the test."""
    started: list[Served] = []

    def start_one(*arguments: Any, **environment: str) -> Served:
        started.append(start_server(tmp_path, tuple(map(str, arguments)), environment))
        return started[-1]

    yield start_one
    for each in started:
        each.stop()


@pytest.fixture(scope="session")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server of all models, for tests that only ask."""
    folder = tmp_path_factory.mktemp("server")
    base = folder / "half_plus_two"
    shutil.copytree(models / "half_plus_two" / "1", base / "1")
    shutil.copytree(models / "half_plus_three", base / "2")
    entries = [
        f'config {{ name: "half_plus_two" base_path: "{base}" model_platform: "tensorflow" '
        'model_version_policy { all {} } version_labels { key: "stable" value: 1 } }',
        *(
            f'config {{ name: "{name}" base_path: "{models / name}" model_platform: "tensorflow" }}'
            for name in ("mixed", "sequence", "slow")
        ),
    ]
    config = folder / "models.config"
    config.write_text("model_config_list {\n" + "\n".join(entries) + "\n}\n", encoding="utf-8")
    served = start_server(folder, ("--config", str(config), "--rest-api-timeout-in-ms", "20000"), {})
    yield served
    served.stop()
