"""Requests that are kept as files."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.serving.served import TFXC, Start
from tfxc.schemas.tf_records import read_records

pytestmark = pytest.mark.tfx

HERE = Path(__file__).parent
READ = """
import json, sys
from pathlib import Path
from tfxc.schemas.tf_records import read_records
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
    assert found["short"] == 2


def test_the_oldest_files_make_room(tried: Any) -> None:
    assert tried["by_size"] == 2


def test_a_sample_is_kept(tried: Any) -> None:
    assert 350 < tried["sampled"]["quarter"] < 650
    assert (tried["sampled"]["all"], tried["sampled"]["none"]) == (2000, 0)


def test_what_a_killed_server_left_is_cut_to_whole_records(tried: Any) -> None:
    assert tried["recovered"] == {"a.tfrecord": ["one"]}


def test_examples_have_a_row_each_under_clear_names(tried: Any) -> None:
    found = tried["as_examples"]
    assert found["files"] == ["examples-490091-"]
    assert found["folders"] == ["m/2025-11-28/11"]
    common = {"request/model": ["m"], "request/model_version": [7]}
    first, second, third, fourth, fifth, sixth = [
        {name: value for name, value in row.items() if name not in common} for row in found["rows"]
    ]
    assert all(common.items() <= row.items() for row in found["rows"])
    assert first.pop("request/id")[-2:] == "/0"
    assert second.pop("request/id")[-2:] == "/1"
    assert found["generated"] == 1
    columns = {"request/signature": ["columns"]}
    assert first == {"x": [0.5], "flag": [1], "prediction/y": [1, 2], **columns}
    assert second == {"x": [1.5], "flag": [0], "prediction/y": [3, 4], **columns}
    default = {"request/signature": ["serving_default"]}
    assert third == {"x": [2.0], "prediction/y": [3.0], "request/id": "order-17", **default}
    assert fourth == {"x": [4.0], "prediction/y": [5.0], "request/id": "mine", **default}
    assert fifth == {"prediction/y": [6.0], "request/id": "der-17/1", **default}
    assert sixth["t"] == ["a text"]
    assert sixth["prediction/all"] == [8.0]


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


def test_a_server_keeps_rows_and_tells_their_ids(start: Start, models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "requests"
    options = ("--request-log-format", "examples", "--request-log-seconds", "1")
    served = start(models / "half_plus_two", "--request-log", folder, *options)
    path = "/v1/models/half_plus_two"
    own = served.ask("POST", f"{path}:predict", {"instances": [1.0, 2.0]}, {"X-Request-Id": "order-1"})
    given = served.post(f"{path}:regress", {"signature_name": "regress_x", "examples": [{"x": 2.0}]})
    refused = served.ask("POST", f"{path}:predict", {"instances": [4.0]}, {"X-Request-Id": "not one word"})
    classified = served.post(f"{path}:classify", {"signature_name": "classify_x", "examples": [{"x": 2.0}]})
    assert own.headers["x-request-id"] == "order-1"
    assert len({each.headers["x-request-id"] for each in (given, refused, classified)}) == 3
    assert refused.headers["x-request-id"] != "not one word"
    with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
        call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
        spec = b"\x0a\x0f\x0a\x0dhalf_plus_two"  # a PredictRequest: its model_spec, and x as a float
        tensor = bytes([8, 1, 18, 4, 18, 2, 8, 1, 42, 4]) + struct.pack("<f", 8.0)
        entry = b"\x0a\x01x\x12" + bytes([len(tensor)]) + tensor
        request = spec + b"\x12" + bytes([len(entry)]) + entry
        _, done = call.with_call(request, metadata=(("x-request-id", "by-grpc"),), timeout=60)
        assert dict(done.initial_metadata())["x-request-id"] == "by-grpc"
    served.wait_for(lambda: not list(folder.rglob("*.part")))
    assert served.stop() == 0
    files = list(folder.rglob("*.tfrecord"))
    code = "import json, sys; from pathlib import Path; from tests.serving.request_logs import rows"
    printed = subprocess.run(
        [sys.executable, "-c", f"{code}; print(json.dumps(rows(Path(sys.argv[1]))))", str(folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parents[1],
    )
    kept = {each["request/id"][0]: each for each in json.loads(printed.stdout)}
    assert (kept["order-1/1"]["x"], kept["order-1/1"]["prediction/y"]) == ([2.0], [3.0])
    assert kept["by-grpc"]["prediction/y"] == [6.0]
    assert kept[given.headers["x-request-id"]]["prediction/outputs"] == [3.0]
    assert kept[classified.headers["x-request-id"]]["prediction/classes"] == ["low", "high"]
    assert all(each.name.startswith("examples-") for each in files)


def test_prediction_logs_become_the_same_rows(start: Start, models: Path, tmp_path: Path) -> None:
    served = start(models / "half_plus_two", "--request-log", tmp_path / "requests")
    served.post("/v1/models/half_plus_two:predict", {"instances": [1.0, 2.0]})
    assert served.stop() == 0
    (log,) = (tmp_path / "requests").rglob("*.tfrecord")
    command = [*TFXC, "convert-log", str(tmp_path / "requests"), "-o", str(tmp_path / "examples")]
    for _ in range(2):  # again: nothing is there twice
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout == f"1 request of 1 file: 2 rows in {tmp_path / 'examples'}\n", done.stderr
    (file,) = (tmp_path / "examples").rglob("*.tfrecord*")
    assert file.parent.relative_to(tmp_path / "examples") == log.parent.relative_to(tmp_path / "requests")
    assert len(list(read_records(file))) == 2
    wrong = subprocess.run(
        [*command[:-3], str(file), *command[-2:]], capture_output=True, text=True, check=False, timeout=120
    )
    assert wrong.returncode != 0
    assert "no PredictionLog" in wrong.stderr
    assert "Traceback" not in wrong.stderr


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
