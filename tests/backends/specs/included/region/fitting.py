"""The component of the spec beside this file; TFX reads the annotations, so none from the future."""

# mypy: disable-error-code="untyped-decorator"

from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples, Model


@component
def Fit(
    examples: InputArtifact[Examples],
    model: OutputArtifact[Model],
    depth: Parameter[int],
    where: Parameter[str],
) -> None:
    """Writes what it was fitted to."""
    city = Path(examples.uri, "city.txt").read_text()
    Path(model.uri, "model.txt").write_text(f"{city} {where} {depth}")
