from tfx.v1.dsl.components import InputArtifact, component
from tfx.v1.types.standard_artifacts import Examples


@component
def Count(examples: InputArtifact[Examples]) -> None:
    pass
