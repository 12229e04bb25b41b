"""A package that is called as one of tfxc's own is."""

import importlib
import json
from pathlib import Path
from typing import List  # noqa: UP035

import apache_beam as beam
from parts.specs import Card
from tfx.dsl.component.experimental.annotations import (
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.types.experimental.simple_artifacts import Dataset
from tfx.types.system_executions import Process
from tfx.v1.orchestration.experimental import exit_handler
from utils.words import count

WORDS = Path(__file__).parents[1] / "words"


@component(component_annotation=Process)
def Count(made: OutputArtifact[Dataset], least: Parameter[int] = 0) -> OutputDict(total=int, longest=str):
    """Reads data that travels with it."""
    words = [word for file in sorted(WORDS.glob("*.txt")) for word in file.read_text().split()]
    Path(made.uri).mkdir(parents=True, exist_ok=True)
    (Path(made.uri) / "given.json").write_text(json.dumps({"words": words}))
    return {"total": count(words, least), "longest": max(words, key=len)}


@component(use_beam=True)
def Sum(
    data: InputArtifact[List[Dataset]],  # noqa: UP006
    card: InputArtifact[Card],
    total: int,
    made: OutputArtifact[Dataset],
    pipeline: BeamComponentParameter[beam.Pipeline] = None,
):
    """Many artifacts, one of a type of one's own with its property, a value, and a Beam pipeline."""
    Path(made.uri).mkdir(parents=True, exist_ok=True)
    given = {"many": len(data), "lines": card.lines, "total": total, "beam": pipeline is not None}
    (Path(made.uri) / "given.json").write_text(json.dumps(given))


@component
def Late(made: OutputArtifact[Dataset]):
    """Imports by a name that only running it tells."""
    module = importlib.import_module(".".join(["utils", "words"]))
    Path(made.uri).mkdir(parents=True, exist_ok=True)
    (Path(made.uri) / "given.json").write_text(json.dumps({"file": Path(module.__file__).name}))


@exit_handler
def Tell(final_status: Parameter[str], made: OutputArtifact[Dataset]):
    """Is told what became of the run."""
    Path(made.uri).mkdir(parents=True, exist_ok=True)
    (Path(made.uri) / "given.json").write_text(final_status)


@component
def Fail():
    raise ValueError("on purpose")
