"""The local backend: `tfxc run` executes a Plan on this machine.

A run starts the launcher's server, which imports TFX once and forks a child for each node; the
scheduler decides which node starts when.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # The runs of this backend begin by starting the launcher, and need nothing of this for that.
    if name == "BACKEND":
        from tfxc.backends.local.backend import LocalBackend

        globals()[name] = LocalBackend()
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
