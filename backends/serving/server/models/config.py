"""What to serve, as values, and as TensorFlow Serving's `model_config_list`.

Mirrors ``tensorflow_serving/config/model_server_config.proto`` and the checks of
``tensorflow_serving/model_servers/server_core.cc``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import text_format

from tfxc.backends.serving.server.messages import ModelServerConfig
from tfxc.backends.serving.server.status import Code, StatusError, invalid
from tfxc.schemas.failures import Failure


@dataclass(frozen=True)
class VersionPolicy:
    """Which of the versions that there are to serve: the latest ones, or (``specific``) just these.

    ``latest`` of None: all.
    """

    latest: int | None = 1
    specific: tuple[int, ...] = ()

    def choose(self, versions: Iterable[int]) -> tuple[int, ...]:
        """Returns the versions to serve, the newest first."""
        ordered = sorted(versions, reverse=True)
        if self.specific:
            return tuple(each for each in ordered if each in self.specific)
        return tuple(ordered if self.latest is None else ordered[: self.latest])


@dataclass(frozen=True)
class ModelConfig:
    """A model: its name, and the folder with a folder for each version.

    ``single_version`` says that the folder is itself a SavedModel, served as this version.
    """

    name: str
    base_path: Path
    policy: VersionPolicy = VersionPolicy()
    labels: Mapping[str, int] = field(default_factory=dict)
    single_version: int | None = None
    logging_rate: float | None = None
    """the share of requests that its logging_config asks to be logged"""


def read_config(path: Path) -> tuple[ModelConfig, ...]:
    """Reads a file with a ModelServerConfig in text format. Raises Failure."""
    try:
        message = text_format.Parse(path.read_text(encoding="utf-8"), ModelServerConfig())
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8") from None
    except text_format.ParseError as error:
        raise Failure(
            f"{path}: {str(error).rstrip(' .')}; it must be a `model_config_list` in protobuf's text format"
        ) from None
    try:
        return configs_of(message, path.parent)
    except StatusError as error:
        raise Failure(f"{path}: {error.text}") from None


def configs_of(message: Any, folder: Path | None = None) -> tuple[ModelConfig, ...]:
    """Returns the models of a ModelServerConfig. Raises StatusError.

    Paths that are not absolute start at ``folder``; without one they are refused.
    """
    kind = message.WhichOneof("config")
    if kind == "custom_model_config":
        raise StatusError(Code.UNIMPLEMENTED, "custom_model_config is not served; use model_config_list")
    configs: dict[str, ModelConfig] = {}
    for each in message.model_config_list.config:
        if not each.name:
            raise invalid("a config without a `name`")
        if each.name in configs:
            raise invalid(f"Illegal to list model {each.name} multiple times in config list")
        configs[each.name] = _config(each, folder)
    return tuple(configs.values())


def _config(message: Any, folder: Path | None) -> ModelConfig:
    if message.model_platform not in ("", "tensorflow"):
        raise invalid(f"model {message.name}: the platform `{message.model_platform}` is not served")
    text = message.base_path.removeprefix("file://")
    if not text or "://" in text or (folder is None and not Path(text).is_absolute()):
        raise invalid(f"Expected non-empty absolute path or URI; got base_path={message.base_path}")
    return ModelConfig(
        name=message.name,
        base_path=(folder or Path("/")) / text,
        policy=_policy(message),
        labels=dict(message.version_labels),
        logging_rate=message.logging_config.sampling_config.sampling_rate
        if message.HasField("logging_config")
        else None,
    )


def _policy(message: Any) -> VersionPolicy:
    policy = message.model_version_policy
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return VersionPolicy(latest=None)
    if choice == "specific":
        if not policy.specific.versions:
            raise invalid(f"model {message.name}: `specific` names no versions")
        return VersionPolicy(specific=tuple(policy.specific.versions))
    return VersionPolicy(latest=max(1, policy.latest.num_versions) if choice == "latest" else 1)
