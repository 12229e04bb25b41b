from tfx.v1.dsl.components import component


@component
def Report() -> None:
    print('over')
