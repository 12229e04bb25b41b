"""The one exception that the launcher raises on purpose.

It imports nothing heavy, so that a wrong parameter is reported without waiting for TFX.
"""

from __future__ import annotations


class LaunchFailure(Exception):  # noqa: N818 - it is a failure that is reported, not a fault of ours
    """What a run or a node cannot go on without, in one sentence that says what to do.

    ``str(failure)`` is that sentence; it is shown to the user as it is. ``exception`` and
    ``traceback`` are those of the user's code, if it was that which failed.
    """

    def __init__(self, message: str, exception: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.exception = exception
        self.traceback = traceback


class NodeBuildError(Exception):
    """A node could not be built because of an exception in the user's code or in TFX, its cause."""

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self.node = node


class WrongUse(LaunchFailure):
    """The request itself is wrong (an unknown node, a parameter of the wrong type): exit code 2."""
