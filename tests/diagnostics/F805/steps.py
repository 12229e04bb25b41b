from tfx.dsl.component.experimental.annotations import OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component


@component
def pick(text: Parameter[str]) -> OutputDict(rate=float):
    return {"rate": float(len(text))}
