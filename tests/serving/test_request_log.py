"""Requests that are kept as files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import Start
from tfxc.backends.serving.records import read_records

pytestmark = pytest.mark.tfx

HERE = Path(__file__).parent
READ = """
import json, sys
from pathlib import Path
from tfxc.backends.serving.records import read_records
from tfxc.backends.serving.server.messages import PredictionLog
logs = [PredictionLog.FromString(each) for each in read_records(Path(sys.argv[1]))]
def values(log):
    if log.WhichOneof("log_type") == "regress_log":
        return [each.value for each in log.regress_log.response.result.regressions]
    both = log.predict_log
    return [*both.request.inputs["x"].float_val, *both.response.outputs["y"].float_val]
print(json.dumps([
    [log.WhichOneof("log_type"), log.log_metadata.model_spec.signature_name, values(log)] for log in logs
]))
"""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Any:
    command = [sys.executable, str(HERE / "request_logs.py"), str(tmp_path_factory.mktemp("logs"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_files_are_by_model_and_hour(tried: Any) -> None:
    found = tried["by_hour"]
    assert found["files"] == ["a/2025-11-28/11", "a/2025-11-28/12", "b%2Fc/2025-11-28/11"]
    assert found["metadata"] == ["a", 2, 1764331201]
    assert found["parts"] == 0


def test_the_oldest_files_make_room(tried: Any) -> None:
    assert tried["by_size"] == 2


def test_a_sample_is_kept(tried: Any) -> None:
    assert 350 < tried["sampled"]["quarter"] < 650
    assert (tried["sampled"]["all"], tried["sampled"]["none"]) == (2000, 0)


def test_what_a_killed_server_left_is_cut_to_whole_records(tried: Any) -> None:
    assert tried["recovered"] == {"a.tfrecord": ["one"]}


def test_a_server_keeps_its_requests(start: Start, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "requests"
    served = start(models / "half_plus_two", "--request-log", folder)
    path = "/v1/models/half_plus_two"
    served.post(f"{path}:predict", {"instances": [1.0, 2.0]})
    served.post(f"{path}:regress", {"signature_name": "regress_x", "examples": [{"x": 2.0}]})
    served.post(f"{path}:predict", {"instances": ["wrong"]})
    assert served.stop() == 0
    (file,) = folder.rglob("*.tfrecord")
    assert len(list(read_records(file))) == 2
    done = subprocess.run([sys.executable, "-c", READ, str(file)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        ["predict_log", "serving_default", [1.0, 2.0, 2.5, 3.0]],
        ["regress_log", "regress_x", [3.0]],
    ]


def test_a_killed_servers_requests_are_found_by_the_next(start: Start, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "requests"
    served = start(models / "half_plus_two", "--request-log", folder)
    served.post("/v1/models/half_plus_two:predict", {"instances": [1.0]})
    served.wait_for(lambda: any(each.stat().st_size for each in folder.rglob("*.part")))
    served.process.kill()
    served.process.wait()
    start(models / "half_plus_two", "--request-log", folder)
    (file,) = folder.rglob("*.tfrecord")
    assert len(list(read_records(file))) == 1
