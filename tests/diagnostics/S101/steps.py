from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Examples, ModelEvaluation


@component
def Scorer(
    examples: InputArtifact[Examples], report: OutputArtifact[ModelEvaluation], threshold: Parameter[float] = 0.5
) -> None:
    pass
