"""Beam's sampling of where time goes, which each of some 300 stages of Transform's waits for at its end.

A thread looks every few milliseconds which step of a stage is at work, and a stage that is done waits for
that thread to wake up. The times that it adds up (Beam's `msecs` metrics, and what Dataflow shows of a job)
are shown by nobody where the workers are threads of the node's own process; nor are the numbers of elements
that each step has put out, which Beam writes into some ten messages a step.
"""

from __future__ import annotations

from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> bool:
    """Starts no such thread in this process, which must be a node's own.

    Which step is at work is known as before, so that what a step counts is told as its own. Nothing else is
    told of a step. Returns whether it was replaced: not where Beam is not what this was written for.
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

    _tell_counters_only()
    setattr(sampler, "start", start_without_thread)  # noqa: B010 - a class that mypy knows as Any
    setattr(sampler, "stop", stop_without_thread)  # noqa: B010
    return True


def _tell_counters_only() -> None:
    """Tells of a bundle what its steps have counted (`beam.metrics.Metrics`), and nothing else."""
    from apache_beam.runners.worker import bundle_processor

    processor = getattr(bundle_processor, "BundleProcessor", None)
    if not has_lines(
        getattr(processor, "monitoring_infos", None),
        "for transform_id, op in self.ops.items():",
        "op.monitoring_infos(transform_id, dict(tag_to_pcollection_id)))",
        "return list(all_monitoring_infos_dict.values())",
    ):
        return

    def monitoring_infos(self: Any) -> list[Any]:
        found: dict[Any, Any] = {}
        for transform_id, operation in self.ops.items():
            found.update(operation.user_monitoring_infos(transform_id))
        return list(found.values())

    setattr(processor, "monitoring_infos", monitoring_infos)  # noqa: B010
