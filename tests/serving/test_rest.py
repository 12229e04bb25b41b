# ruff: noqa: E501 - the texts of TensorFlow Serving stay whole
"""The REST API: what TensorFlow Serving answers to each request, to the letter where it is an error."""

from __future__ import annotations

import http.client
import time
from base64 import b64encode
from typing import Any, NamedTuple

import pytest

from tests.serving.served import Served

pytestmark = pytest.mark.tfx

HALF = "/v1/models/half_plus_two"
MIXED = "/v1/models/mixed"
ROW = {"a": [1.0, 2.0], "b": 3, "t": "x", "f": True}


def b64(content: bytes) -> dict[str, str]:
    """Returns bytes as JSON has them."""
    return {"b64": b64encode(content).decode()}


class Case(NamedTuple):
    """A body that is posted, and the JSON or the error that it is answered with."""

    path: str
    body: Any
    status: int
    answer: Any


GOOD = {
    "a row of numbers": Case(
        f"{HALF}/versions/1:predict", {"instances": [1.0, 2.0, 5]}, 200, {"predictions": [2.5, 3.0, 4.5]}
    ),
    "the latest version": Case(f"{HALF}:predict", {"instances": [1.0]}, 200, {"predictions": [3.5]}),
    "a version by its label": Case(
        f"{HALF}/labels/stable:predict", {"instances": [1.0]}, 200, {"predictions": [2.5]}
    ),
    "a path in capitals": Case(
        "/V1/MODELS/half_plus_two/VERSIONS/1:predict", {"instances": [1]}, 200, {"predictions": [2.5]}
    ),
    "a name with escapes": Case(
        "/v1/models/half%5Fplus_two:predict", {"instances": [1.0]}, 200, {"predictions": [3.5]}
    ),
    "a column": Case(f"{HALF}:predict", {"inputs": [1.0, 2.0]}, 200, {"outputs": [3.5, 4.0]}),
    "a named column": Case(f"{HALF}:predict", {"inputs": {"x": [1.0]}}, 200, {"outputs": [3.5]}),
    "rows of objects with one name": Case(
        f"{HALF}:predict", {"instances": [{"x": 1.0}]}, 200, {"predictions": [3.5]}
    ),
    "a signature by its name": Case(
        f"{HALF}:predict",
        {"signature_name": "serving_default", "instances": [0.0]},
        200,
        {"predictions": [3.0]},
    ),
    "text after the value": Case(
        f"{HALF}:predict", '{"instances": [1.0]} and more', 200, {"predictions": [3.5]}
    ),
    "rows of many types": Case(
        f"{MIXED}:predict",
        {"instances": [ROW, {**ROW, "b": -1, "t": b64(b"\xff\x00"), "f": False}]},
        200,
        None,
    ),
    "columns of many types": Case(
        f"{MIXED}:predict",
        {"inputs": {"a": [[1.0, 2.0]], "b": [3], "t": ["é"], "f": [True]}},
        200,
        {
            "outputs": {
                "total": [6.0],
                "pair": [[1.0, 2.0]],
                "number": [3],
                "text": ["é!"],
                "text_bytes": [b64("é".encode())],
                "flag": [False],
            }
        },
    ),
    "a scalar in a column": Case(
        f"{MIXED}:predict", {"signature_name": "scalar", "inputs": [1.0, 2.0]}, 200, {"outputs": 3.0}
    ),
    "bytes as an instance": Case(
        f"{MIXED}:predict",
        {"signature_name": "text", "instances": [b64(b"a"), "b"]},
        200,
        {"predictions": ["a!", "b!"]},
    ),
    "bytes without padding": Case(
        f"{MIXED}:predict",
        {"signature_name": "text", "instances": [{"b64": "YQ"}]},
        200,
        {"predictions": ["a!"]},
    ),
    "regress": Case(
        f"{HALF}:regress",
        {"signature_name": "regress_x", "examples": [{"x": 2.0}, {"x": [4.0]}]},
        200,
        {"results": [4.0, 5.0]},
    ),
    "regress with a context": Case(
        f"{HALF}:regress",
        {"signature_name": "regress_x", "context": {"x": 2.0}, "examples": [{}]},
        200,
        {"results": [4.0]},
    ),
    "classify": Case(
        f"{HALF}:classify",
        {"signature_name": "classify_x", "examples": [{"x": 2.0}]},
        200,
        {"results": [[["low", 6.0], ["high", 4.0]]]},
    ),
}

WRONG = {
    "an unknown model": Case(
        "/v1/models/none:predict", {"instances": [1]}, 404, "Servable not found for request: Latest(none)"
    ),
    "an unknown version": Case(
        f"{HALF}/versions/9:predict",
        {"instances": [1]},
        404,
        "Servable not found for request: Specific(half_plus_two, 9)",
    ),
    "an unknown label": Case(
        f"{HALF}/labels/x:predict", {"instances": [1]}, 400, "Unrecognized servable version label: x"
    ),
    "a label of an unknown model": Case(
        "/v1/models/none/labels/x:predict", {"instances": [1]}, 400, "Unrecognized servable version label: x"
    ),
    "an unknown method": Case(f"{HALF}:explain", {}, 400, f"Malformed request: POST {HALF}:explain"),
    "a body that is empty": Case(f"{HALF}:predict", "", 400, "JSON Parse error: The document is empty"),
    "no JSON": Case(
        f"{HALF}:predict", '{"instances": [1.0, x]}', 400, "JSON Parse error: Invalid value. at offset: 20"
    ),
    "an open object": Case(
        f"{HALF}:predict",
        '{"instances": [1.0]',
        400,
        "JSON Parse error: Missing a comma or } after an object member. at offset: 19",
    ),
    "no object": Case(f"{HALF}:predict", "[1, 2]", 400, "JSON Value: [1, 2] Is not object"),
    "no key": Case(f"{HALF}:predict", {}, 400, "Missing 'inputs' or 'instances' key"),
    "both keys": Case(
        f"{HALF}:predict",
        {"instances": [1], "inputs": [1]},
        400,
        'JSON Value: {\n    "instances": [1],\n    "inputs": [1]\n} Not formatted correctly expecting only one of '
        "'inputs' or 'instances' keys to exist ",
    ),
    "instances that are no list": Case(
        f"{HALF}:predict",
        {"instances": 1},
        400,
        "JSON Value: {\n    \"instances\": 1\n} Expecting 'instances' to be an list/array",
    ),
    "no instances": Case(
        f"{HALF}:predict",
        {"instances": []},
        400,
        "JSON Value: {\n    \"instances\": []\n} No values in 'instances' array",
    ),
    "an unknown signature": Case(
        f"{HALF}:predict",
        {"signature_name": "x", "instances": [1]},
        400,
        'Serving signature name: "x" not found in signature def',
    ),
    "a signature that is no text": Case(
        f"{HALF}:predict",
        {"signature_name": 1},
        400,
        "JSON Value: {\n    \"signature_name\": 1\n} not formatted correctly. 'signature_name' key must be a string value.",
    ),
    "a text for a number": Case(
        f"{HALF}:predict",
        {"instances": ["a"]},
        400,
        "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: \"a\" Type: String is not of "
        "expected type: float",
    ),
    "true for a number": Case(
        f"{HALF}:predict",
        {"inputs": [True]},
        400,
        "JSON Value: true Type: True is not of expected type: float",
    ),
    "a fraction for an integer": Case(
        f"{MIXED}:predict",
        {"instances": [{**ROW, "b": 1.5}]},
        400,
        "Failed to process element: 0 key: b of 'instances' list. Error: INVALID_ARGUMENT: JSON Value: 1.5 Type: Number is "
        "not of expected type: int64",
    ),
    "a plain list for several inputs": Case(
        f"{MIXED}:predict",
        {"instances": [1]},
        400,
        "instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map",
    ),
    "a plain column for several inputs": Case(
        f"{MIXED}:predict",
        {"inputs": [1]},
        400,
        "inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map",
    ),
    "a missing column": Case(
        f"{MIXED}:predict", {"inputs": {"a": [[1, 2]]}}, 400, "Missing named input: b in 'inputs' object."
    ),
    "an unknown key": Case(
        f"{HALF}:predict",
        {"instances": [{"z": 1}]},
        400,
        "Failed to process element: 0 key: z of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have named "
        "input: z",
    ),
    "a missing key": Case(
        f"{MIXED}:predict",
        {"instances": [{"b": 3}]},
        400,
        "Failed to process element: 0 of 'instances' list. JSON object: {\n    \"b\": 3\n} keys must be equal to: a,b,f,t",
    ),
    "rows of different lengths": Case(
        "/v1/models/sequence:predict",
        {"instances": [[1.0, 2.0], [1.0]]},
        400,
        "Failed to process element: 1 of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but got: 1",
    ),
    "a ragged column": Case(
        "/v1/models/sequence:predict",
        {"inputs": [[1.0, 2.0], [1.0]]},
        400,
        "Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ),
    "a list in a list": Case(
        f"{HALF}:predict",
        {"inputs": [1.0, [2.0]]},
        400,
        "Encountered list at unexpected level: 1 expected < 1",
    ),
    "an object among values": Case(
        f"{HALF}:predict",
        {"instances": [1.0, {"x": 1.0}]},
        400,
        "Expecting value/list but got object at item 1 of input list",
    ),
    "no base64": Case(
        f"{MIXED}:predict",
        {"signature_name": "text", "inputs": [{"b64": "*"}]},
        400,
        "Unable to base64 decode",
    ),
    "an object for bytes": Case(
        f"{MIXED}:predict",
        {"signature_name": "text", "inputs": [{"b64": "YQ==", "x": 1}]},
        400,
        'JSON Value: {\n    "b64": "YQ==",\n    "x": 1\n} not formatted correctly for base64 data',
    ),
    "a scalar as rows": Case(
        f"{MIXED}:predict",
        {"signature_name": "scalar", "instances": [1.0]},
        400,
        "Tensor name: sum has no shape information ",
    ),
    "no examples": Case(
        f"{HALF}:regress",
        {},
        400,
        "JSON Value: {} When method is classify, key 'examples' is expected and was not found",
    ),
    "an example that is no object": Case(
        f"{HALF}:classify", {"examples": [1]}, 400, "Example must be JSON object but got JSON Number"
    ),
    "a feature of two kinds": Case(
        f"{HALF}:classify",
        {"examples": [{"x": [1.0, "a"]}]},
        400,
        "Unexpected element type in feature: x expecting type: float",
    ),
    "a feature that is null": Case(
        f"{HALF}:classify",
        {"examples": [{"x": None}]},
        400,
        "Feature: x has element with unexpected JSON type: Null",
    ),
    "classify by an unknown signature": Case(
        f"{HALF}:classify",
        {"signature_name": "x", "examples": [{"x": 1.0}]},
        400,
        "No signature was found with the name: x",
    ),
    "regress by a signature with two outputs": Case(
        f"{HALF}:regress",
        {"signature_name": "classify_x", "examples": [{"x": 1.0}]},
        400,
        "Expected one output Tensor.",
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_answers(server: Served, name: str) -> None:
    case = GOOD[name]
    answer = server.post(case.path, case.body)
    assert answer.status == case.status, answer.text
    assert answer.headers["content-type"] == "application/json"
    if case.answer is not None:
        assert answer.json == case.answer


@pytest.mark.parametrize("name", WRONG)
def test_errors(server: Served, name: str) -> None:
    case = WRONG[name]
    answer = server.post(case.path, case.body)
    assert (answer.status, answer.json) == (case.status, {"error": case.answer})


def test_answers_are_laid_out_as_tensorflow_serving_does(server: Served) -> None:
    rows = server.post(f"{HALF}/versions/1:predict", {"instances": [1.0, 2.0]})
    assert rows.text == '{\n    "predictions": [2.5, 3.0\n    ]\n}'
    columns = server.post(f"{HALF}/versions/1:predict", {"inputs": [1.0, 2.0]})
    assert columns.text == '{\n    "outputs": [\n        2.5,\n        3.0\n    ]\n}'
    error = server.post("/v1/models/none:predict", {"instances": [1]})
    assert error.text == '{\n    "error": "Servable not found for request: Latest(none)"\n}'
    mixed = server.post(f"{MIXED}:predict", {"instances": [ROW]})
    assert mixed.text == (
        '{\n    "predictions": [\n        {\n            "flag": false,\n            "number": 3,\n'
        '            "pair": [1.0, 2.0],\n            "text": "x!",\n            "text_bytes": {"b64": "eA=="},\n'
        '            "total": 6.0\n        }\n    ]\n}'
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("18000000", "9e+06"),
        ("1e39", "Infinity"),
        ("-3.8", "0.100000024"),
        ("-4", "0.0"),
    ],
)
def test_numbers(server: Served, value: str, shown: str) -> None:
    answer = server.post(f"{HALF}/versions/1:predict", '{"instances": [' + value + "]}")
    text = answer.text.split("[")[1].split("\n")[0]
    assert text == shown or float(text) == pytest.approx(float(shown), rel=1e-3)


def test_doubles_have_all_their_digits(server: Served) -> None:
    answer = server.post(f"{MIXED}:predict", {"signature_name": "doubles", "instances": [1.0, 3.0]})
    assert "[0.33333333333333331, 1.0\n" in answer.text


def test_status(server: Served) -> None:
    states = {"state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert server.get(HALF).json == {
        "model_version_status": [{"version": "2", **states}, {"version": "1", **states}]
    }
    assert server.get(f"{HALF}/versions/1").json == {"model_version_status": [{"version": "1", **states}]}
    assert server.get(f"{HALF}/labels/stable").json == {"model_version_status": [{"version": "1", **states}]}
    unknown = server.get("/v1/models/none")
    assert (unknown.status, unknown.json["error"]) == (404, "Could not find any versions of model none")
    version = server.get(f"{HALF}/versions/9")
    expected = "Could not find version 9 of model half_plus_two"
    assert (version.status, version.json["error"]) == (404, expected)
    nameless = server.get("/v1/models")
    assert (nameless.status, nameless.json["error"]) == (400, "Missing model name in request.")


def test_metadata(server: Served) -> None:
    answer = server.get(f"{HALF}/metadata").json
    assert answer["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": "2"}
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["method_name"] == "tensorflow/serving/predict"
    assert signature["inputs"]["x"]["dtype"] == "DT_FLOAT"
    shape = {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False}
    assert signature["inputs"]["x"]["tensor_shape"] == shape
    assert server.get("/v1/models/none/metadata").status == 404


def test_other_paths(server: Served) -> None:
    assert server.get("/").status == 404
    wrong = server.get("/v1/modelz")
    assert (wrong.status, wrong.json["error"]) == (400, "Malformed request: GET /v1/modelz")
    deleted = server.ask("DELETE", HALF)
    assert (deleted.status, deleted.json["error"]) == (400, f"Malformed request: DELETE {HALF}")
    assert server.get("/health/live").status == server.get("/health/ready").status == 200


def test_answers_are_sent_at_once(server: Served) -> None:
    # Headers and body are two packets: if the second waited for the first to be acknowledged, every answer on
    # a connection that stays open would take 40 ms.
    body = '{"instances": [1.0]}'
    took = []
    connection = http.client.HTTPConnection("127.0.0.1", server.rest_port, timeout=60)
    for _ in range(30):
        began = time.perf_counter()
        connection.request("POST", f"{HALF}:predict", body)
        assert connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    assert min(took[10:]) < 0.03


def test_metrics(server: Served) -> None:
    server.post(f"{HALF}:predict", {"instances": [1.0]})
    server.post(f"{HALF}:predict", {"instances": ["a"]})
    server.post("/v1/models/anything:predict", {})
    text = server.get("/monitoring/prometheus/metrics").text
    assert "# TYPE :tensorflow:serving:request_count counter" in text
    assert ':tensorflow:serving:request_count{model_name="half_plus_two",status="INVALID_ARGUMENT"}' in text
    labels = 'model_name="half_plus_two",API="predict",entrypoint="REST"'
    assert f':tensorflow:serving:request_latency_bucket{{{labels},le="18"}}' in text
    assert f":tensorflow:serving:request_latency_count{{{labels}}}" in text
    assert 'runtime_latency_bucket{model_name="half_plus_two",API="Predict",runtime="TF1",le="+Inf"}' in text
    assert "anything" not in text


def test_a_long_answer_is_given_up(start: Any, models: Any) -> None:
    slow = start(models / "slow", "--rest-api-timeout-in-ms", "50")
    answer = slow.post("/v1/models/slow:predict", {"instances": [1.0]})
    assert answer.status == 504
    slow.wait_for(lambda: slow.get("/v1/models/slow").status == 200)
