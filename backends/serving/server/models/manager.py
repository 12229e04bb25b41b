"""The models of a server: versions found, loaded, swapped without a gap, and handed to requests.

Mirrors ``server_core.cc`` and ``basic_manager.cc`` with the availability-preserving policy: a new version is
loaded, and has answered its warm-up requests, before the old one goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Optional

from tfxc.backends.launcher.servable.verdict import LoaderError
from tfxc.backends.serving.server.model import Model
from tfxc.backends.serving.server.models.config import ModelConfig
from tfxc.backends.serving.server.models.disk import Fingerprint, fingerprint, versions_on_disk
from tfxc.backends.serving.server.models.version import State, Version
from tfxc.backends.serving.server.status import Code, StatusError, invalid

Loader = Callable[[ModelConfig, int, Path], Model]
"""loads a version and warms it up; raises LoaderError or StatusError"""
_PATIENCE = 60.0


class ModelSpec(NamedTuple):
    """Which model a request is for: of a version, or of a label, or the latest."""

    name: str
    version: Optional[int] = None
    label: Optional[str] = None


class VersionStatus(NamedTuple):
    """A line of a model's status."""

    version: int
    state: State
    code: Code
    text: str


class Lease:
    """A model in the hands of a request: a context, at the end of which it is given back.

    Who goes on using it on a thread retains and releases it again.
    """

    __slots__ = ("held", "model", "name", "version")

    def __init__(self, held: Version, model: Model) -> None:
        self.held, self.model = held, model
        self.name, self.version = held.name, held.number

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *error: object) -> None:
        self.held.release()

    def retain(self) -> None:
        """Holds the model once more."""
        self.held.retain()

    def release(self) -> None:
        """Gives it back once."""
        self.held.release()


@dataclass(frozen=True)
class Polling:
    """How often to look for versions, and how to go on after one that could not be loaded."""

    seconds: float = 1.0
    load_retries: int = 5
    retry_seconds: float = 60.0


class ModelManager:
    """The models of a server. All methods may be called from any thread.

    ``tell`` is given a sentence about each version that comes or goes.
    """

    def __init__(
        self, loader: Loader, polling: Polling = Polling(), tell: Callable[[str], None] = lambda text: None
    ) -> None:
        self._loader, self._polling, self._tell = loader, polling, tell
        self._configs: Mapping[str, ModelConfig] = {}
        self._versions: dict[str, dict[int, Version]] = {}
        self._seen: dict[Path, Fingerprint] = {}
        self._labels: Mapping[str, Mapping[str, int]] = {}
        self._work = threading.Lock()
        """held while versions are loaded and unloaded"""
        self._stopping = threading.Event()
        self._thread: Optional[threading.Thread] = None

    def configure(self, configs: Sequence[ModelConfig]) -> None:
        """Serves these models and no others, and returns when what there is of them is loaded.

        Raises StatusError for a label of a version that is not available; the models are changed then,
        the labels are not.
        """
        with self._work:
            self._configs = {config.name: config for config in configs}
            self._look(is_first=True)
            self._labels = self._checked_labels()

    def start(self) -> None:
        """Begins to look for new versions."""
        if self._polling.seconds > 0:
            self._thread = threading.Thread(target=self._poll, name="versions", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Looks for no more versions, and unloads all after the requests in flight."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        with self._work:
            for versions in self._versions.values():
                for version in versions.values():
                    if version.state == State.AVAILABLE:
                        version.unload(_PATIENCE)

    def lease(self, spec: ModelSpec) -> Lease:
        """Gives a model to a request, until the end of its context. Raises StatusError if there is none."""
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        number = self._labelled(spec) if spec.label is not None else spec.version
        versions = self._versions.get(spec.name, {})
        wanted = sorted(versions, reverse=True) if number is None else [number] if number in versions else []
        for each in wanted:
            model = versions[each].acquire()
            if model is not None:
                return Lease(versions[each], model)
        what = f"Latest({spec.name})" if number is None else f"Specific({spec.name}, {number})"
        raise StatusError(Code.NOT_FOUND, f"Servable not found for request: {what}")

    def _labelled(self, spec: ModelSpec) -> int:
        number = self._labels.get(spec.name, {}).get(spec.label or "")
        if number is None:
            raise invalid(f"Unrecognized servable version label: {spec.label}")
        return number

    def status(self, spec: ModelSpec) -> list[VersionStatus]:
        """Returns the state of a model's version, or of all, the newest first. Raises StatusError."""
        number = self._labelled(spec) if spec.label is not None else spec.version
        versions = self._versions.get(spec.name, {})
        if number is not None and number not in versions:
            text = f"Could not find version {number} of model {spec.name}"
            raise StatusError(Code.NOT_FOUND, text)
        if not versions:
            raise StatusError(Code.NOT_FOUND, f"Could not find any versions of model {spec.name}")
        wanted = sorted(versions, reverse=True) if number is None else [number]
        return [
            VersionStatus(each, versions[each].state, versions[each].code, versions[each].text)
            for each in wanted
        ]

    def available(self) -> list[tuple[str, int]]:
        """Returns the models and versions that can be asked."""
        return [
            (name, number)
            for name, versions in list(self._versions.items())
            for number, version in sorted(versions.items())
            if version.state == State.AVAILABLE
        ]

    def is_known(self, name: str) -> bool:
        """Whether a model of this name is to be served."""
        return name in self._configs

    @property
    def configs(self) -> Sequence[ModelConfig]:
        """The models that are to be served."""
        return tuple(self._configs.values())

    def _poll(self) -> None:
        while not self._stopping.wait(self._polling.seconds):
            with self._work:
                self._look(is_first=False)

    def _look(self, is_first: bool) -> None:
        """Brings what is loaded in line with what there is."""
        for name in [*self._configs, *(each for each in self._versions if each not in self._configs)]:
            config = self._configs.get(name)
            on_disk = versions_on_disk(config) if config else {}
            if on_disk is None:  # a base folder that is gone for a moment takes no model away
                continue
            wanted = config.policy.choose(on_disk) if config else ()
            versions = self._versions.setdefault(name, {})
            for number in wanted:
                self._bring_up(name, number, on_disk[number], is_first)
            self._take_down(versions, wanted)

    def _take_down(self, versions: Mapping[int, Version], wanted: Sequence[int]) -> None:
        is_one_ready = any(
            number in versions and versions[number].state == State.AVAILABLE for number in wanted
        )
        if wanted and not is_one_ready:
            return
        for number, version in versions.items():
            if number not in wanted and version.state == State.AVAILABLE:
                version.unload(_PATIENCE)
                self._tell(f"{version.name}: version {number} is unloaded")

    def _bring_up(self, name: str, number: int, folder: Path, is_first: bool) -> None:
        version = self._versions[name].get(number)
        if version is not None and version.state == State.AVAILABLE and version.folder == folder:
            return
        now = fingerprint(folder)
        is_settled = is_first or self._seen.get(folder) == now
        self._seen[folder] = now
        if version is not None and version.state == State.END and version.code == Code.OK:
            version = None  # it was unloaded, and is wanted again
        if version is not None and version.fingerprint == now and not self._is_to_be_tried_again(version):
            return
        if not is_settled:  # somebody is still copying it
            return
        if version is None or version.fingerprint != now:
            version = self._versions[name][number] = Version(name, number, folder)
            version.fingerprint = now
        self._load(version)

    def _is_to_be_tried_again(self, version: Version) -> bool:
        return version.attempts <= self._polling.load_retries and time.monotonic() >= version.retry_at

    def _load(self, version: Version) -> None:
        version.state = State.LOADING
        version.attempts += 1
        started = time.monotonic()
        try:
            model = self._loader(self._configs[version.name], version.number, version.folder)
        except LoaderError as error:
            version.failed(Code(error.code), error.text)
        except StatusError as error:
            version.failed(error.code, error.text)
        except OSError as error:
            version.failed(Code.UNKNOWN, str(error))
        else:
            version.made_available(model)
            took = time.monotonic() - started
            self._tell(f"{version.name}: version {version.number} is available ({took:.1f} s)")
            return
        version.retry_at = time.monotonic() + self._polling.retry_seconds
        self._tell(f"{version.name}: version {version.number} cannot be loaded: {version.text}")

    def _checked_labels(self) -> Mapping[str, Mapping[str, int]]:
        for config in self._configs.values():
            for number in config.labels.values():
                version = self._versions.get(config.name, {}).get(number)
                if version is None or version.state != State.AVAILABLE:
                    text = (
                        f"Request to assign label to version {number} of model {config.name}, "
                        "which is not currently available for inference"
                    )
                    raise StatusError(Code.FAILED_PRECONDITION, text)
        return {config.name: dict(config.labels) for config in self._configs.values()}
