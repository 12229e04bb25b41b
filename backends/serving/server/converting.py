"""Logs of PredictionLogs made into logs of tf.Examples: what `tfxc convert-log` does."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO, Optional
from urllib.parse import quote

from google.protobuf.message import DecodeError

from tfxc.backends.serving.server.logged_examples import RequestFacts, examples_of
from tfxc.backends.serving.server.messages import PredictionLog
from tfxc.backends.serving.server.request_log import PART, SUFFIX
from tfxc.backends.serving.server.status import StatusError
from tfxc.schemas.failures import Failure, because
from tfxc.schemas.tf_records import RecordError, read_records, record

_HOUR_FOLDER = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{2})/[^/]*$")


@dataclass(frozen=True)
class Converted:
    """What has become of a file: requests, the rows that they were, requests without rows."""

    requests: int
    rows: int
    without_rows: int


def convert(source: Path, folder: Path, model: Optional[str] = None) -> Converted:
    """Writes the requests of a file of PredictionLogs as tf.Examples, in files by model and hour.

    A request's time is its own, if the log has it; else that of the folders ``YYYY-MM-DD/HH`` that the file
    lies in, or else of the file. ``model`` is the name of requests that have none. Files that an earlier call
    made of the same source are replaced, when the new ones are whole. Raises Failure.
    """
    files: dict[Path, BinaryIO] = {}
    requests = rows = without_rows = 0
    try:
        file_time = _file_time(source)
        with ExitStack() as stack:
            for number, log in enumerate(_logs(source)):
                facts = _facts(log, model, file_time, f"{_name(source)}-{number}")
                content = _content(source, log, facts)
                requests, rows = requests + 1, rows + len(content)
                without_rows += not content
                if content:
                    part = _part(folder, source, facts)
                    if part not in files:
                        part.parent.mkdir(parents=True, exist_ok=True)
                        files[part] = stack.enter_context(part.open("wb"))
                    files[part].writelines(content)
        for part in files:
            part.rename(part.with_suffix(""))
    except OSError as error:
        raise Failure(because(error, source)) from None
    except Failure:
        for part in files:
            part.unlink(missing_ok=True)
        raise
    return Converted(requests, rows, without_rows)


def _logs(source: Path) -> Iterator[Any]:
    try:
        for number, content in enumerate(read_records(source), 1):
            try:
                log = PredictionLog.FromString(content)
            except DecodeError:
                log = PredictionLog()
            if log.WhichOneof("log_type") is None:
                raise Failure(f"{source}: record {number} is no PredictionLog")
            yield log
    except RecordError as error:
        raise Failure(f"{source}: {error}") from None


def _content(source: Path, log: Any, facts: RequestFacts) -> list[bytes]:
    try:
        return [record(each.SerializeToString()) for each in examples_of(log, facts)]
    except (StatusError, DecodeError, ValueError):
        raise Failure(
            f"{source}: the request `{facts.identity}` has tensors or examples that are damaged"
        ) from None


def _facts(log: Any, model: Optional[str], file_time: int, identity: str) -> RequestFacts:
    spec = log.log_metadata.model_spec
    if not spec.name:
        spec = getattr(log, log.WhichOneof("log_type")).request.model_spec
    seconds = int(getattr(log.log_metadata, "timestamp_secs", 0)) or file_time
    name = spec.name or model or "model"
    return RequestFacts(name, spec.version.value, spec.signature_name or "serving_default", seconds, identity)


def _file_time(source: Path) -> int:
    found = _HOUR_FOLDER.search(source.absolute().as_posix())
    if found:
        try:
            moment = datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H")
            return int(moment.replace(tzinfo=timezone.utc).timestamp())
        except ValueError:
            pass
    return int(source.stat().st_mtime)


def _name(source: Path) -> str:
    """Returns what the files that are made of a source are called: the same whenever it is converted."""
    place = zlib.crc32(str(source.absolute()).encode("utf-8", "surrogateescape"))
    return f"{source.name.removesuffix(SUFFIX)}-{place:08x}"


def _part(folder: Path, source: Path, facts: RequestFacts) -> Path:
    moment = datetime.fromtimestamp(facts.seconds, timezone.utc)
    place = folder / quote(facts.model, safe="") / moment.strftime("%Y-%m-%d/%H")
    return place / f"examples-{facts.seconds // 3600}-{_name(source)}{SUFFIX}{PART}"
