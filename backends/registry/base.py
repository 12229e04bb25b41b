"""What every model registry can do, and how a model's address ``models:/…`` is read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Optional, Protocol

from tfxc.backends.registry.model_files import files_sha256
from tfxc.backends.registry.values import FILES_SHA256, SERVED_VERSION, RegisteredModel, Registration, Version
from tfxc.backends.web.client import ServerError
from tfxc.schemas.failures import WrongUse

_ADDRESS = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>[^/@]+)|@(?P<alias>[^/@]+))")


class Registry(Protocol):
    """A model registry. What it refuses is a ServerError."""

    def find(self, name: str, identity: Mapping[str, str]) -> Optional[Version]:
        """Returns the version whose tags are these; None if it is not registered."""

    def register(self, registration: Registration) -> Version:
        """Registers a model, and returns its version: there only when all of it is. Sets no alias."""

    def set_alias(self, name: str, version: str, alias: str) -> None:
        """Lets an alias mean a version."""

    def models(self) -> tuple[RegisteredModel, ...]:
        """Returns all names, sorted."""

    def versions(self, name: str) -> tuple[Version, ...]:
        """Returns the versions of a name, the latest first."""

    def version(self, name: str, version: str) -> Version:
        """Returns one version."""

    def version_by_alias(self, name: str, alias: str) -> Version:
        """Returns the version that an alias means."""

    def download(self, version: Version, folder: Path) -> None:
        """Writes the files of a version into an empty folder."""


def parse_address(text: str) -> tuple[str, Optional[str], Optional[str]]:
    """Returns name, version and alias of ``models:/NAME/VERSION`` or ``models:/NAME@ALIAS``.

    Raises WrongUse.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise WrongUse(
            f"`{text}` is no model of a registry: write `models:/NAME/VERSION` or `models:/NAME@ALIAS`."
        )
    return match["name"], match["version"], match["alias"]


def resolve(registry: Registry, address: str) -> Version:
    """Returns the version that ``models:/…`` means. Raises WrongUse, or ServerError if there is none."""
    name, version, alias = parse_address(address)
    if alias is not None:
        return registry.version_by_alias(name, alias)
    return registry.version(name, version or "")


def served_version(version: Version) -> int:
    """Returns the number that a Pusher gave the model where it is served from. Raises ServerError."""
    served = version.tags.get(SERVED_VERSION, "")
    if not (served.isascii() and served.isdigit()):
        raise ServerError(
            f"{version.uri} does not say which version of a Pusher's it is: give its ModelRegistryPusher "
            "`served_model: pusher.pushed_model`."
        )
    return int(served)


def register_once(registry: Registry, registration: Registration) -> tuple[Version, bool]:
    """Returns the version of a model and whether it is new; its alias is set last.

    A model that is registered already, by an attempt that was lost, say, gets no second version.
    """
    found = registry.find(registration.name, registration.identity())
    version = found or registry.register(registration)
    if registration.alias is not None:
        registry.set_alias(registration.name, version.version, registration.alias)
    return version, found is None


def verified_download(registry: Registry, version: Version, folder: Path) -> None:
    """Writes the files of a version into a folder that is not there yet: all of them, or no folder.

    Raises ServerError if they are not those that were registered. A version that tfxc has not registered
    has no checksum, and is taken as it is.
    """
    if folder.exists():
        raise ServerError(f"{folder} is there already.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tfxc-model-", dir=folder.parent) as aside:
        whole = Path(aside, "model")
        whole.mkdir()
        registry.download(version, whole)
        wanted = version.tags.get(FILES_SHA256)
        if wanted is not None and files_sha256(whole) != wanted:
            raise ServerError(f"the files of {version.uri} are not what was registered: register it again.")
        whole.rename(folder)


def open_registry(settings: Mapping[str, Any], environment: Mapping[str, str]) -> Registry:
    """Returns the registry that ``{mlflow: …}`` or ``{kubeflow: …}`` names.

    Tokens are read from the environment. Raises ServerError if it names none.
    """
    from tfxc.backends.registry.kubeflow import KubeflowRegistry
    from tfxc.backends.registry.mlflow import MlflowRegistry

    kinds: Mapping[str, Callable[..., Registry]] = {"mlflow": MlflowRegistry, "kubeflow": KubeflowRegistry}
    given = [(kind, own) for kind, own in settings.items() if own is not None]
    if len(given) != 1 or given[0][0] not in kinds or not isinstance(given[0][1], Mapping):
        raise ServerError(f"the registry must be one of {', '.join(kinds)}.")
    kind, own = given[0]
    return kinds[kind](
        **{key: value for key, value in own.items() if value is not None}, environment=environment
    )
