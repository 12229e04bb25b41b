"""Warm-up: requests that are kept with a model are answered before it is available.

Mirrors ``saved_model_warmup.cc``: a TFRecord of PredictionLog, at most 1,000.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from tfxc.backends.serving.server.answer import answer_log
from tfxc.backends.serving.server.messages import PredictionLog
from tfxc.backends.serving.server.model import Model
from tfxc.backends.serving.server.status import Code, StatusError
from tfxc.schemas.tf_records import RecordError, read_records

FILE = Path("assets.extra", "tf_serving_warmup_requests")
MOST = 1000


def warm_up(model: Model, iterations: int = 1) -> int:
    """Answers the warm-up requests of a model, and returns how many. Raises StatusError."""
    path = model.folder / FILE
    if not path.is_file():
        return 0
    try:
        records = list(islice(read_records(path), MOST + 1))
        logs = [PredictionLog.FromString(record) for record in records]
    except (RecordError, OSError) as error:
        raise _refused(f"the warm-up requests cannot be read: {error}") from None
    except DecodeError as error:
        raise _refused(f"a warm-up request is no PredictionLog: {error}") from None
    if len(logs) > MOST:
        raise _refused(f"Number of warmup records exceeds the maximum ({MOST}) at {path}")
    for log in logs:
        for _ in range(max(1, iterations)):
            _replay(model, log)
    return len(logs)


def _replay(model: Model, log: Any) -> None:
    if log.WhichOneof("log_type") is None:
        return
    answer_log(model, log)


def _refused(text: str) -> StatusError:
    return StatusError(Code.INVALID_ARGUMENT, text)
