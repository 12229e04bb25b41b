"""Beam's sampling of where time goes, which each of some 300 stages of Transform's waits for at its end.

A thread looks every few milliseconds which step of a stage is at work, and a stage that is done waits for
that thread to wake up. The times that it adds up (Beam's `msecs` metrics, and what Dataflow shows of a job)
are shown by nobody where the workers are threads of the node's own process.
"""

from __future__ import annotations

from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> bool:
    """Starts no such thread in this process, which must be a node's own.

    Which step is at work is known as before, so that what a step counts is told as its own; the steps' times
    are zero. Returns whether it was replaced: not where Beam is not what this was written for.
    """
    try:
        from apache_beam.runners.worker import statesampler
    except ImportError:
        return False
    sampler = getattr(statesampler, "StateSampler", None)
    start: Any = getattr(sampler, "start", None)
    stop: Any = getattr(sampler, "stop", None)
    if not has_lines(
        start,
        "self.tracked_thread = threading.current_thread()",
        "set_current_tracker(self)",
        "super().start()",
        "self.started = True",
    ) or not has_lines(stop, "set_current_tracker(None)", "super().stop()"):
        return False

    def start_without_thread(self: Any) -> None:
        self.tracked_thread = statesampler.threading.current_thread()
        statesampler.set_current_tracker(self)
        self.started = True

    def stop_without_thread(self: Any) -> None:
        statesampler.set_current_tracker(None)
        self.finished = True

    setattr(sampler, "start", start_without_thread)  # noqa: B010 - a class that mypy knows as Any
    setattr(sampler, "stop", stop_without_thread)  # noqa: B010
    return True
