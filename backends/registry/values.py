"""What is registered and what is read back, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Optional

MODEL_ARTIFACT_ID = "mlmd.model_artifact_id"
FILES_SHA256 = "tfxc.files_sha256"
"""Together these two tags are what a version is found again by: artifact ids are those of one store."""
DESTINATION = "models:/{name}/{version}"

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Registration:
    """A model to register.

    ``folder`` holds its files on this machine, ``uri`` says where they are kept. ``tags`` are its lineage and
    hold `MODEL_ARTIFACT_ID` and `FILES_SHA256`; ``files`` are further files to keep beside it, name → local
    path.
    """

    name: str
    folder: Path
    uri: str
    tags: Mapping[str, str]
    metrics: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    alias: Optional[str] = None

    def identity(self) -> dict[str, str]:
        """Returns the tags by which a version of this very model is found."""
        return {key: self.tags[key] for key in (MODEL_ARTIFACT_ID, FILES_SHA256)}


@dataclass(frozen=True)
class Version:
    """A registered version. ``created`` is in seconds since 1970."""

    name: str
    version: str
    aliases: tuple[str, ...] = ()
    created: Optional[float] = None
    source: str = ""
    tags: Mapping[str, str] = _NOTHING
    metrics: Mapping[str, float] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        """``models:/NAME/VERSION``"""
        return DESTINATION.format(name=self.name, version=self.version)


@dataclass(frozen=True)
class RegisteredModel:
    """A name in the registry, and which version each of its aliases means."""

    name: str
    aliases: Mapping[str, str] = _NOTHING
    latest: Optional[str] = None
    """the highest version; None if there is none"""
