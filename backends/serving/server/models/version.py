"""One version of a model: its state, and who is using it."""

from __future__ import annotations

import threading
from enum import IntEnum
from pathlib import Path
from typing import Optional

from tfxc.backends.serving.server.model import Model
from tfxc.backends.serving.server.models.disk import Fingerprint
from tfxc.backends.serving.server.status import Code


class State(IntEnum):
    """The states of ``get_model_status.proto``."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


class Version:
    """A version of a model. A request that uses it keeps it in memory: it is freed after the last one."""

    def __init__(self, name: str, number: int, folder: Path) -> None:
        self.name, self.number, self.folder = name, number, folder
        self.state = State.START
        self.code, self.text = Code.OK, ""
        """why loading it failed"""
        self.attempts = 0
        self.retry_at = 0.0
        self.fingerprint: Optional[Fingerprint] = None
        """of what was loaded, or tried"""
        self._model: Optional[Model] = None
        self._users = 0
        self._condition = threading.Condition()

    def made_available(self, model: Model) -> None:
        """Hands a loaded model over."""
        with self._condition:
            self._model, self.state, self.code, self.text = model, State.AVAILABLE, Code.OK, ""

    def failed(self, code: Code, text: str) -> None:
        """Says why it could not be loaded."""
        self.state, self.code, self.text = State.END, code, text

    def acquire(self) -> Optional[Model]:
        """Returns the model for a request; None if it is not available. `release` must follow."""
        with self._condition:
            if self.state != State.AVAILABLE:
                return None
            self._users += 1
            return self._model

    def retain(self) -> None:
        """Holds a model that is held already once more."""
        with self._condition:
            self._users += 1

    def release(self) -> None:
        """Gives a model back."""
        with self._condition:
            self._users -= 1
            if not self._users:
                self._condition.notify_all()

    def unload(self, patience: float) -> None:
        """Hands out no more, waits for the requests in flight, and frees the model.

        Requests that take longer than ``patience`` seconds keep the memory: they are not broken.
        """
        with self._condition:
            self.state = State.UNLOADING
            drained = self._condition.wait_for(lambda: not self._users, patience)
            model, self._model = self._model, None
        if model is not None and drained:
            model.close()
        self.state = State.END
