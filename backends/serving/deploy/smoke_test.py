"""Asks a served model one question, and says whether it answers as its own signature says.

    python smoke_test.py --url http://localhost:8501

It waits until a version is available, asks the server for the model's signature, puts the row of
question.json into the form that the signature takes, and checks the answer: every output is there, has the
shape that the signature says, and holds no number that is none. With --expected the values are compared with
an answer that was kept with --record. The exit code is 0 when the answer is right, 1 when it is wrong or does
not come, 2 for wrong use. It needs nothing but Python 3.9.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Optional

TOLERANCE = 1e-3
"""Numbers may differ so much, relative to their size: other machines add up in another order."""
LOOK_AGAIN = 0.5
"""Seconds between two looks whether the model is there."""


class WrongAnswerError(Exception):
    """Why the server does not answer as it should, as one sentence."""


def main(arguments: Optional[list[str]] = None) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(description="Ask a served model one question.")
    parser.add_argument("--url", default="http://localhost:8501", help="where the REST port is")
    parser.add_argument("--host", help="the Host header, where a gateway goes by it")
    parser.add_argument("--label", help="ask the version with this label, such as canary")
    parser.add_argument("--version", type=int, help="ask this version")
    parser.add_argument("--signature", default="serving_default")
    parser.add_argument("--question", type=Path, default=Path(__file__).with_name("question.json"))
    parser.add_argument("--instance", type=Path, help="a JSON file with the instance to send, as it is")
    parser.add_argument("--expected", type=Path, help="an answer that was kept with --record")
    parser.add_argument("--record", type=Path, help="keep the answer in this file")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds to wait for the model")
    options = parser.parse_args(arguments)
    try:
        question = _read(options.question)
        instance = _read(options.instance) if options.instance else None
        expected = _read(options.expected) if options.expected else None
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if instance is None and question.get("features") is None:
        parser.error("question.json has no row: give one as --instance FILE")
    try:
        answer = ask(options, question, instance)
        if expected is not None:
            compare(answer, expected)
    except WrongAnswerError as error:
        sys.stderr.write(f"smoke test failed: {error}\n")
        return 1
    if options.record:
        options.record.write_text(json.dumps(answer, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{question['model']} answers: {json.dumps(answer)}\n")
    return 0


def ask(options: argparse.Namespace, question: dict[str, Any], instance: Any) -> Any:
    """Returns the model's checked answer. Raises WrongAnswerError."""
    path = f"/v1/models/{question['model']}"
    if options.label is not None:
        path += f"/labels/{options.label}"
    elif options.version is not None:
        path += f"/versions/{options.version}"
    end = time.monotonic() + options.timeout
    signature = _signature(options, path, end)
    if instance is None:
        instance = instance_for(signature["inputs"], question)
    body = {"signature_name": options.signature, "instances": [instance]}
    status, answer = _call(options, f"{path}:predict", body)
    if status != 200:
        raise WrongAnswerError(f"{path}:predict answered {status}: {_reason(answer)}")
    predictions = answer.get("predictions") if isinstance(answer, dict) else None
    if not isinstance(predictions, list) or len(predictions) != 1:
        raise WrongAnswerError(f"one instance was asked, and the answer is {json.dumps(answer)[:400]}")
    check(predictions[0], signature["outputs"])
    return predictions[0]


def instance_for(inputs: dict[str, Any], question: dict[str, Any]) -> Any:
    """Returns the row in the form that a signature takes: a serialised tf.Example, or features by name."""
    features = question["features"]
    if len(inputs) == 1:
        name, info = next(iter(inputs.items()))
        if info.get("dtype") == "DT_STRING" and name not in features:
            return {"b64": question["example"]}
    missing = sorted(set(inputs) - set(features))
    if missing:
        raise WrongAnswerError(
            f"the signature takes {', '.join(missing)}, which the row does not have: give an --instance"
        )
    values = {}
    for name, info in inputs.items():
        rank = len(_dimensions(info) or [])
        given = [] if not features[name] else features[name]
        if rank <= 1 and not given:
            raise WrongAnswerError(f"the row has no value of {name}: give an --instance")
        values[name] = given if rank > 1 else given[0]
    return next(iter(values.values())) if len(values) == 1 else values


def check(prediction: Any, outputs: dict[str, Any]) -> None:
    """Checks one row of an answer. Raises WrongAnswerError."""
    if len(outputs) == 1:
        prediction = {next(iter(outputs)): prediction}
    if not isinstance(prediction, dict) or set(prediction) != set(outputs):
        given = ", ".join(sorted(prediction)) if isinstance(prediction, dict) else "no names"
        raise WrongAnswerError(f"the outputs are {', '.join(sorted(outputs))}, and the answer has {given}")
    for name, info in outputs.items():
        dimensions = _dimensions(info)
        if dimensions is not None:
            _check_shape(name, prediction[name], dimensions[1:])
        for number in _numbers(prediction[name]):
            if not math.isfinite(number):
                raise WrongAnswerError(f"{name} is {json.dumps(prediction[name])}")


def compare(answer: Any, expected: Any, name: str = "the answer") -> None:
    """Checks an answer against one that was kept. Raises WrongAnswerError."""
    if isinstance(answer, dict) and isinstance(expected, dict) and set(answer) == set(expected):
        for key in answer:
            compare(answer[key], expected[key], key)
    elif isinstance(answer, list) and isinstance(expected, list) and len(answer) == len(expected):
        for one, other in zip(answer, expected):  # noqa: B905 - Python 3.9
            compare(one, other, name)
    elif _is_number(answer) and _is_number(expected):
        if not math.isclose(answer, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            raise WrongAnswerError(f"{name} is {answer}, and was {expected}")
    elif answer != expected:
        raise WrongAnswerError(f"{name} is {json.dumps(answer)}, and was {json.dumps(expected)}")


def _signature(options: argparse.Namespace, path: str, end: float) -> dict[str, Any]:
    """Waits until the model can say its signatures, and returns the one that is asked."""
    while True:
        status, answer = _call(options, f"{path}/metadata", None)
        if status == 200:
            break
        if time.monotonic() >= end:
            raise WrongAnswerError(f"{path} was not there after {options.timeout:g} s: {_reason(answer)}")
        time.sleep(LOOK_AGAIN)
    try:
        signatures = answer["metadata"]["signature_def"]["signature_def"]
    except (KeyError, TypeError):
        raise WrongAnswerError(f"{path}/metadata has no signatures") from None
    if options.signature not in signatures:
        raise WrongAnswerError(
            f"there is no signature {options.signature}; there are: {', '.join(signatures)}"
        )
    found: dict[str, Any] = signatures[options.signature]
    return {"inputs": found.get("inputs") or {}, "outputs": found.get("outputs") or {}}


def _call(options: argparse.Namespace, path: str, body: Any) -> tuple[int, Any]:
    """Returns the status and what was answered; the status 0 if nothing was."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{options.url.rstrip('/')}{path}", data)  # noqa: S310 - the user's
    request.add_header("Content-Type", "application/json")
    if options.host:
        request.add_header("Host", options.host)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - the user's
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, text
    except (OSError, ValueError) as error:
        return 0, str(error)


def _reason(answer: Any) -> str:
    return str(answer.get("error", answer) if isinstance(answer, dict) else answer).strip()[:400]


def _dimensions(info: dict[str, Any]) -> Optional[list[int]]:
    """Returns the sizes of a tensor's dimensions, -1 for an unknown one; None if their number is unknown."""
    shape = info.get("tensor_shape") or {}
    if shape.get("unknown_rank"):
        return None
    return [int(dimension.get("size", -1)) for dimension in shape.get("dim") or []]


def _check_shape(name: str, value: Any, dimensions: list[int]) -> None:
    if not dimensions:
        return
    if not isinstance(value, list) or dimensions[0] not in (-1, len(value)):
        raise WrongAnswerError(f"{name} is to be a list of {dimensions[0]}, and is {json.dumps(value)[:200]}")
    for each in value:
        _check_shape(name, each, dimensions[1:])


def _numbers(value: Any) -> list[float]:
    if isinstance(value, list):
        return [number for each in value for number in _numbers(each)]
    return [value] if _is_number(value) else []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
