"""Components of your own: each is a Python function, and its annotations say what goes in and out.

    Parameter[int]            an argument from the spec: int, float, str, bool, or a list or dict of them
    InputArtifact[Model]      files that another component wrote, below `model.uri`
    OutputArtifact[Model]     where to write files, and properties to set
    mean: float               the value of another component's output
    -> Score                  a TypedDict: outputs that are values

TFX reads the annotations when it imports this file, so `from __future__ import annotations` must not
be here. The imports name TFX's modules one by one: `from tfx import v1` takes seconds more.
"""

# ruff: noqa: N802  (components are used like classes, so their names look like those)
# mypy: disable-error-code="untyped-decorator"

import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import Optional, TypedDict

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model, PushedModel

READINGS = "readings.json"
MODEL = "model.json"


class Collected(TypedDict):
    """What `Collect` gives as values. Their names must differ from its arguments'."""

    total: int
    mean: float
    origin: str
    complete: bool


@component
def Collect(
    readings: OutputArtifact[Examples],
    levels: Parameter[list[float]],
    offsets: Parameter[dict[str, float]],
    count: Parameter[int] = 100,
    noise: Parameter[float] = 0.1,
    site: Parameter[str] = "harbour",
    in_order: Parameter[bool] = False,
) -> Collected:
    """Invents some readings of a site: its levels, with noise."""
    generator = random.Random(site)  # noqa: S311  (not for secrets)
    values = [
        levels[index % len(levels)] + offsets.get(site, 0.0) + generator.gauss(0, noise)
        for index in range(count)
    ]
    if in_order:
        values.sort()
    folder = Path(readings.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / READINGS).write_text(json.dumps(values))
    readings.set_string_custom_property("site", site)
    readings.set_int_custom_property("total", len(values))
    return {
        "total": len(values),
        "mean": sum(values) / len(values) if values else 0.0,
        "origin": site,
        "complete": count > 0,
    }


@component
def Fit(
    readings: InputArtifact[Examples],
    model: OutputArtifact[Model],
    attempts_file: Parameter[str],
    failures: Parameter[int] = 0,
) -> None:
    """Fits a model: the mean. Fails as often as `failures` says before it succeeds.

    Every attempt is a process of its own, so the number of attempts is kept in a file.
    """
    attempts = Path(attempts_file)
    attempt = int(attempts.read_text()) + 1 if attempts.exists() else 1
    if attempt <= failures:
        attempts.parent.mkdir(parents=True, exist_ok=True)
        attempts.write_text(str(attempt))
        raise RuntimeError(f"attempt {attempt} failed, as `failures` = {failures} asks for")
    attempts.unlink(missing_ok=True)
    values = json.loads((Path(readings.uri) / READINGS).read_text())
    folder = Path(model.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_text(json.dumps({"mean": sum(values) / max(1, len(values))}))


class Scored(TypedDict):
    """What `Score` gives as values; `remark` may be missing."""

    score: float
    errors: dict[str, float]
    remark: Optional[str]


@component
def Score(
    readings: InputArtifact[Examples],
    model: InputArtifact[Model],
    site: str,
    best: Parameter[float] = 1.0,
) -> Scored:
    """Scores a model: `best` if it is never wrong, less the more wrong it is."""
    values = json.loads((Path(readings.uri) / READINGS).read_text())
    prediction = json.loads((Path(model.uri) / MODEL).read_text())["mean"]
    error = sum(abs(value - prediction) for value in values) / max(1, len(values))
    return {"score": best / (1 + error), "errors": {site: error}, "remark": None if values else "no readings"}


@component
def Publish(
    model: InputArtifact[Model],
    published: OutputArtifact[PushedModel],
    folder: Parameter[str],
) -> None:
    """Copies a model to a folder, and remembers where."""
    for target in (Path(folder), Path(published.uri)):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(Path(model.uri) / MODEL, target / MODEL)
    published.set_string_custom_property("destination", folder)


@component
def Announce(
    published: InputArtifact[PushedModel],
    site: str,
    text: Parameter[str],
) -> None:
    """Says that there is a new model. Skipped when nothing was published."""
    print(f"{text}: {site}, {published.get_string_custom_property('destination')}")  # noqa: T201


@component
def Audit(
    count: int,
    seconds: Parameter[float] = 0.0,
    fail: Parameter[bool] = False,
) -> None:
    """Takes its time, and fails when it is told to."""
    time.sleep(seconds)
    if fail:
        raise ValueError(f"{os.environ.get('AUDITOR', 'nobody')} does not like these {count} readings")


@component
def Report(file: Parameter[str], line: Parameter[str]) -> None:
    """Adds a line to a file."""
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a") as stream:
        stream.write(f"{line}\n")
