"""How one node ended, as text for a task's log."""

from __future__ import annotations

import json
from typing import Optional

from tfxc.backends.launcher.protocol.messages import NodeResult
from tfxc.backends.launcher.protocol.summaries import RunSummary

_MEBIBYTE = 1 << 20


def node_report(result: NodeResult, summary: Optional[RunSummary]) -> str:
    """Returns some lines: state and seconds, the error or the outputs, what was found out."""
    state = result.state.replace("_", " ")
    lines = [
        f"{result.node}: {state} in {result.seconds:.1f} s, peak memory {result.peak_memory // _MEBIBYTE} MiB"
    ]
    if result.error is not None:
        if result.error.traceback:
            lines.append(result.error.traceback.rstrip("\n"))
        lines.append(f"error: {result.error.message}")
    lines += [f"  {artifact.output}: {artifact.uri}" for artifact in result.artifacts]
    if summary is not None:
        lines += _found_out(summary)
    return "\n".join(lines) + "\n"


def result_line(result: NodeResult, summary: Optional[RunSummary]) -> str:
    """Returns one line of JSON: state, seconds, the URIs of what was put out, and what was pushed.

    Of a container that somebody else starts it has the command line, if it is to be started.
    """
    uris: dict[str, list[str]] = {}
    for artifact in result.artifacts:
        uris.setdefault(artifact.output, []).append(artifact.uri)
    line: dict[str, object] = {"state": result.state, "seconds": round(result.seconds, 1), "artifacts": uris}
    if result.container is not None:
        line["container"] = result.container.model_dump(mode="json")
    if result.error is not None:
        line["error"] = result.error.message
    for push in summary.pushes if summary is not None else ():
        line["pushed_to"] = push.destination if push.pushed else None
    return json.dumps(line, ensure_ascii=False)


def _found_out(summary: RunSummary) -> list[str]:
    """Returns a line for each overall metric, failed threshold, anomaly, push and alert."""
    lines = []
    for evaluation in summary.evaluations:
        lines += [
            f"  {metric.name}: {metric.value}" for metric in evaluation.metrics if metric.slice == "Overall"
        ]
        if evaluation.blessed is not None:
            lines.append("  blessed" if evaluation.blessed else "  not blessed")
        lines += [f"  {failure}" for failure in evaluation.failures]
        lines += [f"  no example is in the slice {empty}" for empty in evaluation.empty_slices]
    lines += [
        f"  anomaly in {anomaly.split or 'the data'}, {anomaly.feature}: {anomaly.description}"
        for anomaly in summary.anomalies
    ]
    for model in summary.models:
        state = {True: "servable", False: "not servable", None: "not known whether servable"}[model.servable]
        lines.append(
            f"  {model.output}: {state}: {model.reason}" if model.reason else f"  {model.output}: {state}"
        )
    for push in summary.pushes:
        lines.append(f"  pushed to {push.destination}" if push.pushed else f"  not pushed: {push.reason}")
        if push.pushed and push.reason:
            lines.append(f"  {push.reason}")
    for alert in summary.alerts:
        sent = f"  sent by {', '.join(alert.sent_to)}" if alert.sent_to else "  sent nothing"
        lines.append(f"{sent}: {alert.reason}" if alert.reason else sent)
    for trigger in summary.triggers:
        started = f"  started the run {trigger.run}" if trigger.run is not None else "  started nothing"
        lines.append(f"{started}: {trigger.reason}" if trigger.reason else started)
    return lines + [f"  {note}" for note in summary.notes]
