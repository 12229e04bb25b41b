"""A deployment as values: all that a bundle is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Optional, Union

from tfxc.schemas.serving import Serving

GRPC_PORT = 8500
REST_PORT = 8501
FeatureValues = Sequence[Union[int, float, str]]


class Target(str, Enum):
    """What serves."""

    COMPOSE = "compose"
    KUBERNETES = "kubernetes"
    KSERVE = "kserve"


class Store(str, Enum):
    """Where pushed versions lie: a folder, a bucket that the image reads, or one that it does not read."""

    FOLDER = "folder"
    GCS = "gs"
    S3 = "s3"


@dataclass(frozen=True)
class Source:
    """The base path with the versions: a URI without a slash at its end, or a path as the spec has it."""

    store: Store
    location: str


@dataclass(frozen=True)
class Versions:
    """Which versions are served. Without ``stable`` it is the newest that is pushed.

    ``weight`` is the canary's share of the requests in per cent.
    """

    stable: Optional[int] = None
    canary: Optional[int] = None
    weight: int = 10


@dataclass(frozen=True)
class Question:
    """A row to ask the model about: the values of its features; none of a feature that is missing."""

    features: Mapping[str, FeatureValues] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    """feature → ``int``, ``float`` or ``bytes``: the lists of a tf.Example"""


@dataclass(frozen=True)
class Deployment:
    """One model, and how it is served."""

    pipeline: str
    pusher: str
    model_name: str
    image: str
    source: Source
    versions: Versions
    settings: Serving
    question: Optional[Question] = None


@dataclass(frozen=True)
class Advice:
    """What to tell beside a bundle: what it does not do, and the commands to go on with."""

    notes: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
