"""Starting the launcher of a run before it is needed, since importing TFX takes longest."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from tfxc.backends.launcher.protocol.client import LauncherClient, LauncherUnavailable


@dataclass(frozen=True)
class Started:
    """The launcher, and where it logs."""

    client: LauncherClient
    log: Path


@contextlib.contextmanager
def starting_launcher(keep_warm: float) -> Iterator[Optional[Started]]:
    """Starts the launcher, so that TFX is imported while the spec is checked; None if there is no TFX.

    It ends with the context, at once: a run is over when its nodes are. What it was forked from stays for
    ``keep_warm`` seconds.
    """
    descriptor, name = tempfile.mkstemp(prefix="tfxc-launcher-", suffix=".log")
    os.close(descriptor)
    started = Started(LauncherClient(Path(name), keep_warm=keep_warm), Path(name))
    try:
        try:
            started.client.start()
        except LauncherUnavailable:
            yield None
        else:
            yield started
    finally:
        started.client.close(0.0)
        Path(name).unlink(missing_ok=True)
