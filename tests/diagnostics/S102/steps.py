from tfx.v1.dsl.components import Parameter, component


@component
def Scorer(threshold: Parameter[float], name: Parameter[str] = "x") -> None:
    pass
