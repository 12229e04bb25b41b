from tfx.v1.dsl.components import Parameter, component


@component
def Notify(text: Parameter[str]) -> None:
    pass
