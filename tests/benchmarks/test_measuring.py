"""What the benchmark of tfxc against plain TFX measures with, and that it compares like with like."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
import yaml

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
MEBIBYTE = 1024 * 1024

PARENT = """
import subprocess, sys, time
kept = bytearray(20 * 2**20)
child = "import time; kept = b'x' * (80 * 2**20); sum(range(5_000_000)); time.sleep(0.5)"
subprocess.run([sys.executable, "-c", child], check=True)
sys.exit(3)
"""


def load_script(name: str) -> ModuleType:
    """Imports a module of this folder."""
    description = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert description is not None
    assert description.loader is not None
    module = importlib.util.module_from_spec(description)
    sys.modules[name] = module  # where dataclasses look their module up
    description.loader.exec_module(module)
    return module


def test_a_process_is_measured_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = load_script("measured_process")
    monkeypatch.setattr(script, "SAMPLING_INTERVAL", 0.03)
    monkeypatch.setattr(script, "SETTLES_WITHIN", 0.05)
    usage = script.run_measured([sys.executable, "-c", PARENT], tmp_path / "log", dict(os.environ))
    assert usage.exit_code == 3
    assert 0.5 < usage.wall < 20
    assert 0.05 < usage.cpu < usage.wall
    assert 80 * MEBIBYTE < usage.peak_leaf < 200 * MEBIBYTE
    assert usage.peak_parents < usage.peak_leaf
    assert usage.peak_leaf < usage.peak_total < 300 * MEBIBYTE
    assert abs(time.time() - usage.started - usage.wall) < 10


STAYS = """
import subprocess, sys
stays = "import time; sum(range(8_000_000)); print('done', flush=True); time.sleep(60)"
process = subprocess.Popen([sys.executable, "-c", stays], start_new_session=True, stdout=subprocess.PIPE)
print(process.pid, flush=True)
process.stdout.readline()
"""


def test_what_stays_and_works_for_a_process_counts_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_measured, environment = (
        load_script("measured_process").run_measured,
        {**os.environ, "OURS": str(tmp_path)},
    )
    usage = run_measured([sys.executable, "-c", STAYS], log, environment, str(tmp_path))
    try:
        assert usage.exit_code == 0
        assert usage.cpu > 0.1
        # Another one finds it there, and does not count what it did before.
        later = run_measured([sys.executable, "-c", "pass"], log, environment, str(tmp_path))
        assert later.cpu < usage.cpu
    finally:
        os.kill(int(log.read_text().split()[0]), signal.SIGKILL)


def test_node_times_are_those_of_one_run(tmp_path: Path) -> None:
    metadata = tmp_path / "metadata.sqlite"
    with closing(sqlite3.connect(metadata)) as connection, connection:
        connection.executescript(
            """
            CREATE TABLE Type (id, name);
            CREATE TABLE Context (id, type_id, name);
            CREATE TABLE Association (context_id, execution_id);
            CREATE TABLE Execution (
                id, last_known_state, create_time_since_epoch, last_update_time_since_epoch);
            INSERT INTO Type VALUES (1, 'pipeline'), (2, 'node');
            INSERT INTO Context VALUES (1, 1, 'pipe'), (2, 2, 'pipe.trainer'), (3, 2, 'pipe.pusher');
            INSERT INTO Execution VALUES (1, 3, 1000, 9000), (2, 3, 20000, 22500), (3, 5, 23000, 23100);
            INSERT INTO Association VALUES (1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (3, 3);
            """
        )
    first, second = load_script("node_times").read_node_times(metadata, since=10)
    assert (first.node, first.state, first.seconds) == ("trainer", "done", 2.5)
    assert (second.node, second.state) == ("pusher", "cached")
    assert second.seconds == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["penguin", "taxi", "branches"])
def test_the_hand_written_pipeline_has_the_nodes_of_the_spec(name: str) -> None:
    script = (HERE / "plain_tfx" / f"{name}_pipeline.py").read_text()
    written = {
        node.replace("{plant}", plant)
        for node in re.findall(r'with_id\(\s*f?"([^"]+)"', script)
        for plant in ("north", "south", "west")
    }
    spec = yaml.safe_load((SPECS / name / "pipeline.yaml").read_text())
    assert written == set(spec["components"])


def test_the_script_explains_itself() -> None:
    script = [sys.executable, str(HERE / "run_vs_tfx.py")]
    told = subprocess.run([*script, "--help"], capture_output=True, text=True, check=True)
    assert "run_vs_tfx.py penguin --repeat 3" in told.stdout
    refused = subprocess.run([*script, "penguins"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "there is no `penguins`, only penguin, taxi, branches" in refused.stderr
