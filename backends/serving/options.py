"""What a server is started with, as a value: made by the command line, read by the server's process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class ServedModel:
    """A model of the command line: a base path with versions, or (``version``) one SavedModel."""

    name: str
    base_path: Path
    version: Optional[int] = None
    latest: Optional[int] = 1
    specific: tuple[int, ...] = ()
    labels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Tls:
    """Certificate and key for both ports, in PEM."""

    certificate: Path
    key: Path


class LogFormat(str, Enum):
    """What the records of a request log are: a PredictionLog a request, or a tf.Example a row."""

    PREDICTIONS = "predictions"
    EXAMPLES = "examples"


@dataclass(frozen=True)
class RequestLogging:
    """Where a sample of requests is kept, how much of it, in files of how long, and as what."""

    folder: Path
    rate: float
    total_bytes: int
    file_seconds: float = 3600.0
    format: LogFormat = LogFormat.PREDICTIONS


@dataclass(frozen=True)
class ServeOptions:
    """A server: its models, its ports (0: none) and its limits."""

    model: Optional[ServedModel] = None
    config: Optional[Path] = None
    host: str = "127.0.0.1"
    port: int = 8500
    rest_port: int = 8501
    poll_seconds: float = 1.0
    config_poll_seconds: float = 0.0
    cors: bool = False
    enable_batching: bool = False
    batching_parameters: Optional[Path] = None
    check_method_names: bool = False
    max_request_bytes: int = 64 * 2**20
    max_requests: int = 1024
    rest_timeout: float = 30.0
    threads: int = 0
    grace_seconds: float = 30.0
    tags: str = "serve"
    tls: Optional[Tls] = None
    token: Optional[str] = None
    logging: Optional[RequestLogging] = None
