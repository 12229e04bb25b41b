"""What workflows are made from, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Optional


class Submission(str, Enum):
    """Which orchestrator gets the compiled pipeline."""

    KUBEFLOW = "kubeflow"
    AIRFLOW = "airflow"


class ServingTarget(str, Enum):
    """What serves the model: what a workflow can deploy to."""

    KUBERNETES = "kubernetes"
    KSERVE = "kserve"


@dataclass(frozen=True)
class PipelineSpec:
    """One spec: its path from the repository's root, and what becomes of it.

    ``image`` is the one that its nodes run in, None if the bundle needs none. ``model_name`` is what is
    served of it; ``undeployed`` says why nothing is. ``pusher`` names the Pusher where there are several.
    """

    path: str
    name: str
    submission: Optional[Submission]
    image: Optional[str]
    model_name: Optional[str]
    pusher: Optional[str] = None
    undeployed: str = ""


@dataclass(frozen=True)
class Project:
    """The specs of a repository, and the environment of theirs that runs in production."""

    specs: tuple[PipelineSpec, ...]
    environment: Optional[str]
    target: ServingTarget
    branch: str
    alias: str
    requirement: str
    """what pip installs, such as ``tfxc==0.1.0``"""
    tests: bool = False
    """whether the pipelines are run on a sample of their data, with `tfxc test`"""

    @property
    def requirement_with_tfx(self) -> str:
        """What pip installs where pipelines run: what TFX needs as well, if that can be said of it."""
        is_named = re.match(r"tfxc(?![\w.\[-])", self.requirement) is not None
        return f"tfxc[tfx]{self.requirement[4:]}" if is_named else self.requirement
