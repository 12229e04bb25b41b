from tfx.v1.dsl.components import InputArtifact, component
from tfx.v1.types.standard_artifacts import Model


@component
def Scorer(model: InputArtifact[Model], total: int, schema: InputArtifact[Model] = None) -> None:
    pass
