"""What all tests share: signals as a terminal gives them, and the orchestrators' environments."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def heeded_signals() -> Iterator[None]:
    """Heeds the signals that whoever started the tests ignores (``nohup``, a shell's background job).

    tfxc leaves an ignored signal ignored, and so do the processes that it starts; the tests of Ctrl-C
    need it heeded.
    """
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def environment() -> Callable[[str], Path]:
    """Returns a function that gives the folder of one of ``.ci/environments``' environments, built
    if it is not there yet."""
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            done = subprocess.run(
                [str(ROOT / ".ci" / "environments"), name], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            folders[name] = ROOT / ".venvs" / name
        return folders[name]

    return folder
