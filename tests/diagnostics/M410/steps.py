from tfx.v1.dsl.components import InputArtifact, OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Examples, Model


@component
def Optional(
    when: InputArtifact[Examples] = None,
    description: Parameter[str] = "",
    type: Parameter[str] = "",
    execution: Parameter[int] = 0,
    depends_on: Parameter[str] = "",
):
    pass


@component
def Required(when: InputArtifact[Examples], type: Parameter[str], model: OutputArtifact[Model]):
    pass
