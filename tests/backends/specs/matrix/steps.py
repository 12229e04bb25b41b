"""Components of the spec beside this file; TFX reads the annotations, so no annotations from the future."""

# ruff: noqa: UP006, UP035  (TFX knows List only)
# mypy: disable-error-code="untyped-decorator"

from pathlib import Path
from typing import List

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model


@component
def Collect(examples: OutputArtifact[Examples], city: Parameter[str]) -> OutputDict(letters=int):  # type: ignore[valid-type]  # TFX's way
    """Writes the name of a city, and counts its letters."""
    Path(examples.uri, "city.txt").write_text(city)
    return {"letters": len(city)}


@component
def Fit(examples: InputArtifact[Examples], model: OutputArtifact[Model], depth: Parameter[int]) -> None:
    """Writes what it was fitted to."""
    Path(model.uri, "model.txt").write_text(f"{Path(examples.uri, 'city.txt').read_text()} {depth}")


@component
def Gather(models: InputArtifact[List[Model]], out: Parameter[str], letters: Parameter[int]) -> None:
    """Writes what all models were fitted to, and a number."""
    Path(out).mkdir(parents=True, exist_ok=True)
    texts = sorted(Path(each.uri, "model.txt").read_text() for each in models)
    Path(out, "models.txt").write_text("\n".join([*texts, str(letters)]))
