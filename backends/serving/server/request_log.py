"""Requests and answers kept as files: TFRecords of PredictionLog or of tf.Example, by model and hour.

A PredictionLog is what TensorFlow Serving's loggers write (``prediction_log.proto``), and what a model's
warm-up file is made of. tf.Examples, one for each row, are what ExampleGen reads; the name of such a file has
its hour as a number, so that both days and hours can be spans. A file has its name when it is whole: until
then it ends in ``.part``. One that a killed server left is cut to its last whole record, and named, by the
next one that writes there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import queue
import random
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Optional
from urllib.parse import quote

from tfxc.backends.serving.options import LogFormat
from tfxc.backends.serving.server.logged_examples import RequestFacts, examples_of
from tfxc.backends.serving.server.messages import PredictionLog
from tfxc.schemas.failures import Failure, because
from tfxc.schemas.tf_records import record

PART = ".part"
SUFFIX = ".tfrecord"
_WAITING = 10_000
"""answers that may wait to be written: more are left out, and counted"""
_IDLE = 1.0
_HEADER, _FRAME = 12, 16
"""bytes before a record's data, and around them"""

_LONGEST_ID = 200

Fill = Callable[[Any], None]
"""puts a request and its answer into a PredictionLog; called on the writer's thread"""

REQUEST_ID_HEADER = "x-request-id"
"""the header (HTTP) and the metadata (gRPC) with the id that labels are joined by"""
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def identify_request(given: str) -> str:
    """Gives the request that is being answered an id, and returns it: the client's own, if it is one.

    An id is at most 200 visible characters of ASCII: it stands in headers and in files of labels.
    """
    is_usable = 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable() and " " not in given
    identity = given if is_usable else uuid.uuid4().hex
    _request_id.set(identity)
    return identity


@dataclass(frozen=True)
class LogOptions:
    """Where and how much to log: the share of requests, the size of one file and of all, and as what.

    A file is whole after ``file_seconds``, an hour or ``file_bytes``, whichever comes first.
    """

    folder: Path
    rate: float = 1.0
    file_bytes: int = 64 * 2**20
    total_bytes: int = 2**30
    file_seconds: float = 3600.0
    format: LogFormat = LogFormat.PREDICTIONS


@dataclass(frozen=True)
class _Entry:
    model: str
    version: int
    signature: str
    seconds: float
    rate: float
    identity: str
    fill: Fill


@dataclass
class _File:
    """A file that is being written."""

    hour: int
    begun: float
    part: Path
    stream: BinaryIO
    size: int = 0


@dataclass
class RequestLog:
    """Keeps a sample of requests. `offer` costs next to nothing: a thread of its own writes."""

    options: LogOptions
    rates: Mapping[str, float] = field(default_factory=dict)
    """of models whose configuration says one"""
    tell: Callable[[str], None] = lambda text: None
    clock: Callable[[], float] = time.time
    left_out: int = 0

    def __post_init__(self) -> None:
        """Names what earlier servers left. Raises Failure if the folder cannot be written."""
        self._entries: queue.Queue[Optional[_Entry]] = queue.Queue(_WAITING)
        self._files: dict[str, _File] = {}
        self._number = 0
        self._is_broken = False
        try:
            self.options.folder.mkdir(parents=True, exist_ok=True)
            for part in self.options.folder.rglob(f"*{SUFFIX}{PART}"):
                _recover(part)
        except OSError as error:
            raise Failure(f"the request log: {because(error, self.options.folder)}") from None
        self._thread = threading.Thread(target=self._write_all, name="request-log", daemon=True)
        self._thread.start()

    @property
    def has_ids(self) -> bool:
        """Whether requests are kept with their ids: a PredictionLog has no field for one."""
        return self.options.format is LogFormat.EXAMPLES

    def offer(self, model: str, version: int, signature: str, fill: Fill) -> None:
        """Keeps an answer, if it is one of the sample."""
        rate = self.rates.get(model, self.options.rate)
        if random.random() >= rate:  # noqa: S311 - it is a sample
            return
        try:
            self._entries.put_nowait(
                _Entry(model, version, signature, self.clock(), rate, _request_id.get(), fill)
            )
        except queue.Full:
            self.left_out += 1

    def close(self) -> None:
        """Writes what waits, and names the files."""
        self._entries.put(None)
        self._thread.join()
        if self.left_out:
            self.tell(f"the request log: {self.left_out} answers were left out: the disk was too slow")

    def _write_all(self) -> None:
        while True:
            try:
                entry = self._entries.get(timeout=_IDLE)
            except queue.Empty:
                self._guarded(self._finish_old)
                continue
            if entry is None:
                break
            self._guarded(partial(self._write, entry))
        for model in list(self._files):
            self._guarded(partial(self._finish, model))

    def _guarded(self, work: Callable[[], None]) -> None:
        """A disk that is full ends no server: it is told, once, until writing works again."""
        try:
            work()
            self._is_broken = False
        except OSError as error:
            self.left_out += 1
            if not self._is_broken:
                self.tell(f"the request log cannot be written: {because(error, self.options.folder)}")
            self._is_broken = True

    def _write(self, entry: _Entry) -> None:
        content = self._content(entry)
        if not content:
            return
        file = self._file(entry.model, entry.seconds, len(content))
        file.stream.write(content)
        file.size += len(content)

    def _content(self, entry: _Entry) -> bytes:
        """Returns the records of a request and its answer."""
        log = PredictionLog()
        log.log_metadata.model_spec.name = entry.model
        log.log_metadata.model_spec.version.value = entry.version
        log.log_metadata.model_spec.signature_name = entry.signature
        log.log_metadata.sampling_config.sampling_rate = entry.rate
        if "timestamp_secs" in log.log_metadata.DESCRIPTOR.fields_by_name:
            log.log_metadata.timestamp_secs = int(entry.seconds)
        entry.fill(log)
        if self.options.format is LogFormat.PREDICTIONS:
            return record(log.SerializeToString())
        identity = entry.identity or uuid.uuid4().hex
        facts = RequestFacts(entry.model, entry.version, entry.signature, int(entry.seconds), identity)
        return b"".join(record(each.SerializeToString()) for each in examples_of(log, facts))

    def _file(self, model: str, seconds: float, more: int) -> _File:
        file, hour = self._files.get(model), int(seconds // 3600)
        is_full = file is not None and file.size + more > self.options.file_bytes
        if file is not None and (is_full or file.hour != hour or self._is_old(file, seconds)):
            self._finish(model)
            file = None
        if file is None:
            file = self._files[model] = self._begun(model, hour, seconds)
        return file

    def _begun(self, model: str, hour: int, seconds: float) -> _File:
        self._number += 1
        moment = time.gmtime(hour * 3600)
        folder = self.options.folder / quote(model, safe="") / time.strftime("%Y-%m-%d/%H", moment)
        folder.mkdir(parents=True, exist_ok=True)
        what = "requests" if self.options.format is LogFormat.PREDICTIONS else f"examples-{hour}"
        part = folder / f"{what}-{int(self.clock())}-{os.getpid()}-{self._number}{SUFFIX}{PART}"
        stream = part.open("wb")
        fcntl.flock(stream, fcntl.LOCK_EX)
        return _File(hour, seconds, part, stream)

    def _is_old(self, file: _File, now: float) -> bool:
        return now - file.begun >= self.options.file_seconds

    def _finish_old(self) -> None:
        now = self.clock()
        for model, file in list(self._files.items()):
            file.stream.flush()
            if file.hour != int(now // 3600) or self._is_old(file, now):
                self._finish(model)

    def _finish(self, model: str) -> None:
        file = self._files.pop(model)
        with file.stream as stream:
            stream.flush()
            os.fsync(stream.fileno())
            file.part.rename(file.part.with_suffix(""))
        self._make_room()

    def _make_room(self) -> None:
        """Removes the oldest files until all are no larger than they may be."""
        files = sorted(_whole_files(self.options.folder))
        total = sum(size for _, _, size in files)
        for _, path, size in files:
            if total <= self.options.total_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size
            self.tell(f"the request log: {path} is removed, to make room")


def _whole_files(folder: Path) -> Iterator[tuple[float, Path, int]]:
    for path in folder.rglob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            status = path.stat()
            yield status.st_mtime, path, status.st_size


def _recover(part: Path) -> None:
    """Names a file that nobody writes any more, without the record that it may have ended in."""
    with part.open("r+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        whole, size = 0, os.fstat(stream.fileno()).st_size
        while len(header := stream.read(_HEADER)) == _HEADER:
            end = whole + struct.unpack("<Q", header[:8])[0] + _FRAME
            if end > size:
                break
            whole = end
            stream.seek(whole)
        if not whole:
            part.unlink()
            return
        stream.truncate(whole)
        part.rename(part.with_suffix(""))
