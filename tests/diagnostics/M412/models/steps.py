from tfx.v1.dsl.components import component


@component
def Count() -> None:
    print("one")
