"""Asking the model of a run, in a process of its own: pytest's own keeps clear of TensorFlow."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional, Union

from tfxc.backends.reports.run_report import RunReport
from tfxc.backends.serving.models import serving_folder
from tfxc.compiler.testing.words import there_are

Rows = Union[Sequence[Mapping[str, Any]], Path, str]


def model_of(report: RunReport, node: Optional[str]) -> Path:
    """Returns the model that a run pushed, or else the one that it made; ``node`` is whose it is.

    Raises AssertionError if there is none, or several.
    """
    pushed = [each for each in report.pushes if each.pushed and node in (None, each.node)]
    if len(pushed) == 1 and pushed[0].destination is not None:
        return Path(pushed[0].destination)
    made = [
        (each.node, Path(artifact.uri))
        for each in report.nodes
        for artifact in each.artifacts
        if artifact.artifact_type == "Model"
    ]
    chosen = [place for maker, place in made if node in (None, maker)]
    if len(pushed) > 1 or len(chosen) != 1:
        said = "several models: name the node of one" if pushed or chosen else "no model"
        names = [*(each.node for each in report.pushes if each.pushed), *(maker for maker, _ in made)]
        raise AssertionError(f"there is {said}" if not names else f"there is {said}{there_are(names)}")
    return serving_folder(chosen[0])


def _as_asked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row as JSON: without its gaps, bytes as TensorFlow Serving takes them."""
    return {name: _value(value) for name, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"b64": base64.b64encode(value).decode()}
    return [_value(each) for each in value] if isinstance(value, (list, tuple)) else value


def answers(model: Path, rows: Rows, signature: str) -> list[dict[str, Any]]:
    """Returns what a model says of rows, or of those of a file. Raises AssertionError with the reason."""
    command = [sys.executable, "-m", "tfxc", "predict", str(model), "--signature", signature, "--json"]
    given = None
    if isinstance(rows, (str, Path)):
        command += ["--input", str(rows)]
    else:
        given = "".join(json.dumps(_as_asked(row)) + "\n" for row in rows)
        command += ["--input", "-", "--format", "jsonl"]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"the model cannot answer: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]
