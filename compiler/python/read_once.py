"""Reading what a text of a spec names in the user's code, once for each text and folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from tfxc.compiler.python.description import PythonComponentError

T = TypeVar("T")


class ReadOnce(Generic[T]):
    """Calls a reader once for each text and folder, and remembers what it returned or why it could not."""

    def __init__(self, read: Callable[[str, Path], T]) -> None:
        self._read = read
        self._known: dict[tuple[str, Path], T | PythonComponentError] = {}

    def __call__(self, text: str, folder: Path) -> T:
        """Returns what a text names; ``folder`` is that of the file that it stands in.

        Raises PythonComponentError, also for code that is nested too deeply to read.
        """
        key = (text, folder)
        if key not in self._known:
            self._known[key] = self._try(text, folder)
        known = self._known[key]
        if isinstance(known, PythonComponentError):
            raise known
        return known

    def _try(self, text: str, folder: Path) -> T | PythonComponentError:
        try:
            return self._read(text, folder)
        except PythonComponentError as error:
            return error
        except RecursionError:
            return PythonComponentError("M408", f"`{text}` is nested too deeply to read")
