"""What an InfraValidator does with ``serving_spec: {local_process: {}}``: no server, and no container."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Optional

from tensorflow_serving.apis import classification_pb2, predict_pb2, regression_pb2
from tfx.components.infra_validator import error_types
from tfx.components.infra_validator import executor as infra_validator_executor
from tfx.utils import io_utils

from tfxc.backends.launcher.servable.requests import Request
from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.start import python_command

_PROGRAM = "tfxc.backends.launcher.servable.answer"
_WITHOUT_DEVICES = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""A GPU is still held by who trained."""
_TAG = "local-process"


class Executor(infra_validator_executor.Executor):  # type: ignore[misc]
    """TFX's executor of an InfraValidator, with a process in the place of a model server.

    The process loads the model with TensorFlow Serving's loader and answers the requests that TFX makes of
    the examples. Tries, time limits, blessing and warm-up are TFX's.
    """

    def _Do(self, serving_spec: Any, **more: Any) -> None:  # noqa: N802 - TFX's name
        serving_spec.tensorflow_serving.tags.append(_TAG)  # TFX tries a model once for each
        super()._Do(serving_spec=serving_spec, **more)

    def _ValidateOnce(  # noqa: N802 - TFX's name
        self, model_path: str, validation_spec: Any, requests: Sequence[Any], **_: Any
    ) -> None:
        """Raises DeadlineExceeded or ValidationFailed of TFX's."""
        deadline = time.monotonic() + validation_spec.max_loading_time_seconds
        with tempfile.TemporaryDirectory(prefix="tfxc-infra-") as scratch:
            folder = _local(model_path, Path(scratch, "model"))
            file = Path(scratch, "requests.jsonl")
            file.write_text("".join(request_of(each).to_json() + "\n" for each in requests), encoding="utf-8")
            with _process(folder, file) as process:
                _require_answer(process, deadline)
                _require_answer(process, None)
        logging.getLogger("absl").info("The model is loaded, and answers %d requests.", len(requests))


def request_of(request: Any) -> Request:
    """Returns a request of TensorFlow Serving's as one to a loaded model."""
    signature = request.model_spec.signature_name
    if isinstance(request, predict_pb2.PredictRequest):
        inputs = {name: _tensor(proto) for name, proto in request.inputs.items()}
        return Request(signature, inputs)
    if not isinstance(request, (classification_pb2.ClassificationRequest, regression_pb2.RegressionRequest)):
        raise error_types.ValidationFailed(f"there is no way to send a {type(request).__name__}.")
    examples = [example.SerializeToString() for example in request.input.example_list.examples]
    return Request(signature, {"examples": Tensor(STRING, (len(examples),), examples)}, only_input=True)


def _tensor(proto: Any) -> Tensor:
    """Returns a tensor of serialised records: TFX makes no other requests."""
    shape = tuple(each.size for each in proto.tensor_shape.dim)
    if proto.dtype != STRING:
        raise error_types.ValidationFailed("only requests of serialised records can be sent.")
    return Tensor(STRING, shape, list(proto.string_val))


def _local(path: str, copy: Path) -> Path:
    """Returns the folder of a model on this machine: a copy of one that is elsewhere."""
    if not is_uri(path):
        return Path(path).absolute()
    io_utils.copy_dir(path, str(copy))
    return copy


@contextmanager
def _process(folder: Path, requests: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the program, which does not outlive the block."""
    command = python_command(sys.executable, _PROGRAM, [str(folder), str(requests)])
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={**os.environ, **_WITHOUT_DEVICES}
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _require_answer(process: subprocess.Popen[bytes], deadline: Optional[float]) -> None:
    """Waits for a line of the program's that says nothing bad.

    Raises DeadlineExceeded (``deadline`` is of time.monotonic) and ValidationFailed.
    """
    assert process.stdout is not None  # noqa: S101  it is a pipe
    if deadline is not None:
        left = max(deadline - time.monotonic(), 0.0)
        if not select.select([process.stdout], [], [], left)[0]:
            raise error_types.DeadlineExceeded("the model is not loaded within max_loading_time_seconds.")
    line = process.stdout.readline()
    if not line:
        raise error_types.ValidationFailed("the process that loads the model came to no end: see the log.")
    problem = json.loads(line).get("error")
    if problem is not None:
        raise error_types.ValidationFailed(problem)
