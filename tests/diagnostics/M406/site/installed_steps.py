from tfx.v1.dsl.components import Parameter, component


@component
def Greet(name: Parameter[str] = "world") -> None:
    print(name)
